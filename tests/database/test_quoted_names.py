"""Tables and columns whose names need quotes work like all others."""

import pytest

from langgraph_dba.agents.test_engineer.runs import red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.data.generator import Profile, generate, rows_of
from langgraph_dba.database.data.generator.learn import learn
from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.reflection.read_schema import reflect

pytestmark = pytest.mark.slow

# Reserved words, capitals, spaces and quotes.
TABLES = {"tasks": "Order", "time_entries": "select", "projects": "Group By", "users": "user", "teams": 'a "team`'}
# Columns in constraints that the specimen has as SQL text: their names stay.
IN_SQL_TEXTS = {"status", "ends_on", "name", "minutes", "started_at", "ended_at"}


@pytest.fixture
def quoted_schema(engine: Engine) -> Schema:
    schema = specimen_for(engine.traits)
    return schema.model_copy(update={"tables": tuple(_with_quoted_names(table) for table in schema.tables)})


def _with_quoted_names(table: Table) -> Table:
    columns = tuple(
        column
        if column.name in IN_SQL_TEXTS
        else column.model_copy(
            update={"engine_name": f"{column.name} No".title() if position % 2 else column.name.upper()}
        )
        for position, column in enumerate(table.columns)
    )
    return table.with_(engine_name=TABLES.get(table.name, table.name.title()), columns=columns)


def test_they_are_reflected_filled_and_learned(engine: Engine, quoted_schema: Schema) -> None:
    with engine.scratch(render(quoted_schema, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        generate(connection, quoted_schema, engine.traits, Profile(rows=50))
        rows = rows_of(connection, quoted_schema, engine.traits)
        learned = learn(connection, quoted_schema, engine.traits)
        reflected = reflect(connection, engine.traits, name="again")

    assert min(rows.values()) > 0
    assert {table: profile.rows for table, profile in learned.tables.items()} == rows
    assert {t.sql_name: {c.sql_name for c in t.columns} for t in reflected.tables} == {
        t.sql_name: {c.sql_name for c in t.columns} for t in with_mechanisms(quoted_schema, engine.traits).tables
    }


@pytest.mark.parametrize(
    "engine",
    ["sqlite", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("postgresql", "mariadb"))],
    indirect=True,
)
def test_every_proof_holds(engine: Engine, quoted_schema: Schema) -> None:
    statements = render(quoted_schema, engine.traits)

    evidence = prove(quoted_schema, {engine.traits.name: statements}, {engine.traits.name: engine})

    assert [f"{one.proof}: {one.reason}" for one in evidence if one.state == "refuted"] == []
    assert {one.proof for one in evidence if one.state == "not run"} <= {"tenant-isolation"}


def test_the_generated_suite_violates_every_constraint(engine: Engine, quoted_schema: Schema) -> None:
    suite = render_suite(quoted_schema, engine.traits)

    evidence = red_then_green(quoted_schema, render(quoted_schema, engine.traits), engine, suite)

    assert evidence.state == "supported", evidence.reason
