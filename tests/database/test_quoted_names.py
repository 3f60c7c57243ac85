"""Tables and columns whose names an engine takes in quotes only are served like any other."""

import pytest

from langgraph_dba.agents.test_engineer.runs import red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.data.generator import Profile, generate, rows_of
from langgraph_dba.database.data.generator.learn import learn
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.reflection.read_schema import reflect

# Reserved words, capitals, blanks and quotes.
TABLES = {"tasks": "Order", "time_entries": "select", "projects": "Group By", "users": "user", "teams": 'a "team`'}
# Those that the specimen's rules name in SQL of their own.
IN_RULES = {"status", "ends_on", "name", "minutes", "started_at", "ended_at"}


@pytest.fixture
def awkward(engine: Engine) -> Schema:
    schema = specimen_for(engine.traits)
    return schema.model_copy(update={"tables": tuple(_awkward(table) for table in schema.tables)})


def _awkward(table: Table) -> Table:
    columns = tuple(
        column
        if column.name in IN_RULES
        else column.model_copy(
            update={"engine_name": f"{column.name} No".title() if place % 2 else column.name.upper()}
        )
        for place, column in enumerate(table.columns)
    )
    return table.with_(engine_name=TABLES.get(table.name, table.name.title()), columns=columns)


def test_they_are_read_filled_and_learned(engine: Engine, awkward: Schema) -> None:
    with engine.scratch(render(awkward, engine.traits).up) as scratch, scratch.connect("superuser") as connection:
        generate(connection, awkward, engine.traits, Profile(rows=50))
        made = rows_of(connection, awkward, engine.traits)
        learned = learn(connection, awkward, engine.traits)
        read = reflect(connection, engine.traits, name="again")

    assert min(made.values()) > 0
    assert {table: profile.rows for table, profile in learned.tables.items()} == made
    assert {t.sql_name: {c.sql_name for c in t.columns} for t in read.tables} == {
        t.sql_name: {c.sql_name for c in t.columns} for t in awkward.tables
    }


@pytest.mark.parametrize(
    "engine",
    ["sqlite", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("postgresql", "mariadb"))],
    indirect=True,
)
def test_every_proof_holds(engine: Engine, awkward: Schema) -> None:
    statements = render(awkward, engine.traits)

    found = prove(awkward, {engine.traits.name: statements}, {engine.traits.name: engine})

    assert [f"{one.proof}: {one.reason}" for one in found if one.state == "refuted"] == []
    assert {one.proof for one in found if one.state == "not run"} <= {"tenant-isolation"}


def test_the_generated_suite_breaks_every_rule(engine: Engine, awkward: Schema) -> None:
    suite = render_suite(awkward, engine.traits)

    found = red_then_green(awkward, render(awkward, engine.traits), engine, suite)

    assert found.state == "supported", found.reason
