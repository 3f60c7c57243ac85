"""The sound schema in which defects are planted, with tenants, all cardinalities and all kinds of constraints."""

from functools import cache
from importlib import resources

import yaml

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column, ColumnType, DerivedColumn, Index, IndexKey, Schema
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import design


@cache
def specimen_requirements() -> Requirements:
    """Return the requirements of the specimen: projects of tenants, with tasks, teams and time entries."""
    text = resources.files(__package__).joinpath("specimen.yaml").read_text(encoding="utf-8")
    return Requirements.model_validate(yaml.safe_load(text))


@cache
def specimen(*features: str) -> Schema:
    """Return the specimen: the design, with additional indexes and, if `features` names `copies`, a derived column.

    An index that needs a feature is included only if `features` names it.
    """
    schema = design(specimen_requirements())
    for need, name, index in _EXTRA_INDEXES:
        if not need or need in features:
            table = schema.table(name)
            schema = schema.replace(table.with_(indexes=(*table.indexes, index)))
    if "copies" in features:
        tasks = schema.table("tasks")
        schema = schema.replace(tasks.with_(columns=(*tasks.columns, _MINUTES_SPENT), derived_columns=(_DERIVED,)))
    return schema


_MINUTES_SPENT = Column(name="minutes_spent", type=ColumnType(name="bigint"), default="0", comment="set by triggers")
_DERIVED = DerivedColumn(
    column="minutes_spent",
    source="time_entries",
    key="time_entries_task_fkey",
    sums="minutes",
    reason="every list of tasks shows it",
)


def specimen_for(traits: Traits) -> Schema:
    """Return the specimen with a derived column and every kind of index that an engine supports."""
    supported = (need for need in dict.fromkeys(need for need, _, _ in _EXTRA_INDEXES) if need and traits.has(need))
    return specimen("copies", *supported)


# (trait that the engine must have, table, index). A design has only plain indexes: the proofs of covering, partial and
# special indexes and of column order need one of each kind to plant their defects in.
_EXTRA_INDEXES = (
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
