"""The sound schema in which defects are planted: tenants, every cardinality, a rule of every kind."""

from functools import cache
from importlib import resources

import yaml

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column, ColumnType, DerivedColumn, Index, IndexKey, Schema
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import design


@cache
def specimen_requirements() -> Requirements:
    """Return what the specimen was designed from: projects of tenants, with tasks, teams and time entries."""
    text = resources.files(__package__).joinpath("specimen.yaml").read_text(encoding="utf-8")
    return Requirements.model_validate(yaml.safe_load(text))


@cache
def specimen(*features: str) -> Schema:
    """Return the sound schema: the design, and further kinds of index, those that need one of the features too."""
    schema = design(specimen_requirements())
    for need, name, index in _FURTHER:
        if not need or need in features:
            table = schema.table(name)
            schema = schema.replace(table.with_(indexes=(*table.indexes, index)))
    if "copies" in features:
        tasks = schema.table("tasks")
        schema = schema.replace(tasks.with_(columns=(*tasks.columns, _SPENT), derived_columns=(_COPIED,)))
    return schema


_SPENT = Column(name="minutes_spent", type=ColumnType(name="bigint"), default="0", comment="kept by triggers")
_COPIED = DerivedColumn(
    column="minutes_spent",
    source="time_entries",
    key="time_entries_task_fkey",
    sums="minutes",
    reason="every list of tasks shows it",
)


def specimen_for(traits: Traits) -> Schema:
    """Return the specimen with a value kept twice, and every kind of index that an engine knows."""
    known = (need for need in dict.fromkeys(need for need, _, _ in _FURTHER) if need and traits.has(need))
    return specimen("copies", *known)


# (what an engine must have, table, index)
_FURTHER = (
    (
        "",
        "time_entries",
        Index(
            name="time_entries_minutes_idx",
            columns=("tenant_id", "ended_at", "started_at"),
            include=("minutes", "user_id"),
            reason="sums minutes without reading the table",
        ),
    ),
    (
        "partial-indexes",
        "tasks",
        Index(
            name="tasks_open_idx",
            columns=("tenant_id", "due_on"),
            where="status = 'open'",
            reason="lists what is due; most tasks are done",
        ),
    ),
    (
        "partial-indexes",
        "projects",
        Index(
            name="projects_open_name_key",
            columns=("tenant_id", "name"),
            unique=True,
            where="ends_on IS NULL",
            reason="no two open projects have one name",
        ),
    ),
    (
        "operator-classes",
        "countries",
        Index(
            name="countries_words_idx",
            keys=(IndexKey(expression="to_tsvector('simple'::regconfig, name)"),),
            method="gin",
            reason="finds a country by a word of its name",
        ),
    ),
    (
        "operator-classes",
        "regions",
        Index(name="regions_name_idx", columns=("name",), method="hash", reason="finds a region by its name"),
    ),
)
