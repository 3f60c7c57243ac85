"""Tables that require each other: no order of INSERT statements fills them while foreign keys are enforced."""

from collections.abc import Mapping

import pytest

from langgraph_dba.database.data.circular_references import later_keys, orphan_of
from langgraph_dba.database.data.found_values import fillable
from langgraph_dba.database.data.generator import Profile, generate, rows_of
from langgraph_dba.database.data.sample import Sample, load
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.creation_order import creation_order
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.evidence import Evidence

Tables = Mapping[str, str]

TWO: Tables = {
    "store": "id INTEGER PRIMARY KEY, manager_id INTEGER NOT NULL, name VARCHAR(40) NOT NULL",
    "staff": "id INTEGER PRIMARY KEY, store_id INTEGER NOT NULL, email VARCHAR(80) NOT NULL UNIQUE",
    "rental": "id INTEGER PRIMARY KEY, staff_id INTEGER NOT NULL",
}
TWO_KEYS = (("store", "manager_id", "staff"), ("staff", "store_id", "store"), ("rental", "staff_id", "staff"))
THREE: Tables = {
    "a": "id INTEGER PRIMARY KEY, b_id INTEGER NOT NULL",
    "b": "id INTEGER PRIMARY KEY, c_id INTEGER NOT NULL",
    "c": "id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL",
}
THREE_KEYS = (("a", "b_id", "b"), ("b", "c_id", "c"), ("c", "a_id", "a"))
ONE_TO_ONE: Tables = {**TWO, "store": "id INTEGER PRIMARY KEY, manager_id INTEGER NOT NULL UNIQUE"}


def ddl_of(engine: Engine, tables: Tables, keys: tuple[tuple[str, str, str], ...]) -> str:
    """Return statements that create the tables and each foreign key (table, column, target) with an index."""
    inline = {name: "" for name in tables}
    added = []
    for table, column, target in keys:
        rule = f"FOREIGN KEY ({column}) REFERENCES {target} (id)"
        if engine.traits.adds_constraints:
            added.append(f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fkey {rule}")
        else:
            inline[table] += f", CONSTRAINT {table}_{column}_fkey {rule}"
    created = [f"CREATE TABLE {name} ({columns}{inline[name]})" for name, columns in tables.items()]
    unindexed = [
        (table, column) for table, column, _ in keys if f"{column} INTEGER NOT NULL UNIQUE" not in tables[table]
    ]
    indexes = [f"CREATE INDEX {table}_{column}_idx ON {table} ({column})" for table, column in unindexed]
    return ";\n".join([*created, *indexes, *added]) + ";\n"


def evidence_of(engine: Engine, schema: Schema, sql: str) -> dict[str, Evidence]:
    name = engine.traits.name
    return {one.proof: one for one in prove(schema, {name: Ddl(sql, "")}, {name: engine})}


def is_whole(engine: Engine, schema: Schema, sql: str, *, generated: bool) -> bool:
    """Fill a database and return whether each table has rows and no row refers to none."""
    with engine.scratch(sql, app_role=schema.app_role) as scratch, scratch.connect("superuser") as connection:
        if generated:
            generate(connection, schema, engine.traits, Profile(rows=500, tenants=5))
        else:
            load(connection, Sample(schema), engine.traits)
        orphans = [orphan_of(connection, schema, table, engine.traits) for table in schema.tables]
        return not any(orphans) and all(rows_of(connection, schema, engine.traits).values())


CIRCLES = pytest.mark.parametrize(
    ("tables", "keys"), [(TWO, TWO_KEYS), (THREE, THREE_KEYS), (ONE_TO_ONE, TWO_KEYS)], ids=["two", "three", "unique"]
)


@CIRCLES
@pytest.mark.parametrize("generated", [False, True], ids=["sample", "generator"])
def test_tables_that_require_each_other_are_filled(
    engine: Engine, tables: Tables, keys: tuple[tuple[str, str, str], ...], generated: bool
) -> None:
    sql = ddl_of(engine, tables, keys)
    schema = schema_from_sql(sql, engine, name="circle")

    assert any(later_keys(schema, table) for table in schema.tables)
    assert is_whole(engine, schema, sql, generated=generated)


@CIRCLES
def test_tables_that_require_each_other_are_judged_and_not_refuted(
    engine: Engine, tables: Tables, keys: tuple[tuple[str, str, str], ...]
) -> None:
    sql = ddl_of(engine, tables, keys)
    schema = schema_from_sql(sql, engine, name="circle")

    evidence = evidence_of(engine, schema, sql)

    assert [one.reason for one in evidence.values() if one.state == "refuted"] == []
    assert {"relationships", "foreign-keys-indexed"} <= {p for p, one in evidence.items() if one.state == "supported"}
    assert fillable(schema, sql, engine).left_out == {}


def test_a_new_row_is_still_refused_without_its_target_after_a_load(engine: Engine) -> None:
    sql = ddl_of(engine, TWO, TWO_KEYS)
    schema = schema_from_sql(sql, engine, name="circle")
    with engine.scratch(sql) as scratch, scratch.connect("superuser") as connection:
        before = connection.catalogue()
        load(connection, Sample(schema), engine.traits)

        answer = connection.attempt(("INSERT INTO store (id, manager_id, name) VALUES (900, 901, 'x')", {}))

        assert getattr(answer, "kind", "") == "foreign-key"
        assert connection.catalogue() == before
