"""Test scenarios for foreign keys to tables of other schemas, whose rows `with_parents` has filled.

The other schema has no model. A parent that no row of the sample refers to is deleted: then a new row that refers to it
is an orphan, and before that the delete shows the action of the key.
"""

from collections.abc import Iterator
from dataclasses import replace

from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.data.scenario_builder import ScenarioBuilder
from langgraph_dba.database.data.scenarios import ExpectedRejection, Scenario, Step
from langgraph_dba.database.data.tenant_deletions import moved
from langgraph_dba.database.ddl.type_mapping import literal
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import OuterKey, Schema, Table


def outer_scenarios(schema: Schema, sample: Sample, traits: Traits) -> Iterator[Scenario]:
    """Yield the scenarios of each foreign key to another schema; none for a key without a parent to delete."""
    builder = ScenarioBuilder(schema, sample, traits)
    for table in schema.tables:
        for key in table.outer_keys if sample.count(table.name) else ():
            if parent := _free_parent(builder, table, key):
                yield from _of_key(builder, table, key, parent)


def _of_key(builder: ScenarioBuilder, table: Table, key: OuterKey, parent: tuple[str, ...]) -> Iterator[Scenario]:
    child = moved(table, builder.fresh(table), key, dict(zip(key.columns, parent, strict=True)))
    if child is None:
        return
    pairs = zip(map(builder.names.of, key.target_columns), parent, strict=True)
    where = " AND ".join(f"{name} = {literal(value, builder.traits)}" for name, value in pairs)
    delete: Step = (f"DELETE FROM {key.target} WHERE {where}", {})
    # a trigger of the other schema can keep the row: then the result says nothing about the key
    gone: Step = (
        f"SELECT count(*) FROM (SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM {key.target} WHERE {where})",
        {},
    )
    insert = builder.insert(table, child)
    orphan = Scenario(
        name=f"{key.name}_refuses_an_orphan",
        rule=key.name,
        table=table.name,
        topic="reference",
        claim=f"{table.name}.{' and '.join(key.columns)} refers to an existing row of {key.target}",
        steps=(delete, insert),
        expects=ExpectedRejection("foreign-key", (key.name,)),
        tenant=builder.tenant(table, child),
    )
    own, is_selected = key.null_columns or key.columns, table.row_key or key.on_delete not in ("cascade", "set-null")
    effects = builder.delete_effect(table, key, own, (insert, delete), child) if is_selected else ()
    for scenario in (orphan, *effects):
        yield replace(scenario, violations=gone, is_partitioned=bool(table.partitioned_by))


def _free_parent(builder: ScenarioBuilder, table: Table, key: OuterKey) -> tuple[str, ...]:
    """Return the key of a parent that no row of the sample and no new row refers to; empty if there is none."""
    used = {
        tuple(str(row[name]) for name in other.columns)
        for one in builder.schema.tables
        for other in one.outer_keys
        if other.target == key.target and builder.sample.count(one.name)
        for row in (*builder.sample.all_rows(one), builder.fresh(one))
    }
    choices = [table.column(name).type.choices for name in key.columns]
    return next((one for one in reversed([*zip(*choices, strict=False)]) if one not in used), ())
