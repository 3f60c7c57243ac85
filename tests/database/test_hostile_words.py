"""Texts with a meaning in SQL, in Python or for a driver stay texts."""

import ast

import pytest

from langgraph_dba.agents.backend_specialist.equality import migration_equal, models_equal
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.test_engineer.runs import red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import prove
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema_design.design_schema import design

WORDS = ["50%", "a:b", "it's", 'say "x"', "back\\slash", "%s", "{x}", "-- no", "ä 🙂", "$1", "%(x)s"]
TITLE = 'Bob\'s """shop"""\n; DROP TABLE users; -- \\'


@pytest.fixture(scope="module")
def hostile() -> Schema:
    status = {"name": "status", "type": "choice", "choices": WORDS, "default": WORDS[0]}
    note = {"name": "note", "default": WORDS[2], "description": "x\n); DROP TABLE users;"}
    thing = {"name": "thing", "description": "one\nCREATE TABLE sneaked (id INTEGER);", "attributes": [status, note]}
    return design(Requirements.model_validate({"title": TITLE, "entities": [thing]}))


@pytest.fixture
def statements(engine: Engine, hostile: Schema) -> Ddl:
    return render(hostile, engine.traits)


def test_no_description_becomes_a_statement(engine: Engine, statements: Ddl) -> None:
    with engine.scratch(statements.up) as scratch, scratch.connect() as connection:
        assert set(connection.catalogue()["table"]) == {"things"}


def test_the_proofs_hold(engine: Engine, hostile: Schema, statements: Ddl) -> None:
    evidence = prove(hostile, {engine.traits.name: statements}, {engine.traits.name: engine})

    assert not [one for one in evidence if one.state == "refuted"]


def test_every_choice_can_be_stored_and_no_other_value(engine: Engine, statements: Ddl) -> None:
    insert = "INSERT INTO things (status, note) VALUES (:status, 'n')"
    with engine.scratch(statements.up) as scratch, scratch.connect() as connection:
        for word in WORDS:
            connection.run(insert, {"status": word})
        rows = connection.run("SELECT status FROM things ORDER BY id").rows

    assert [row[0] for row in rows] == WORDS


def test_generated_python_parses(engine: Engine, hostile: Schema) -> None:
    files = render_suite(hostile, engine.traits) | {"models": render_models(hostile, engine.traits)}

    for text in (files | render_migration(hostile, engine.traits)).values():
        if not text.startswith("["):
            ast.parse(text)


def test_models_migration_and_suite_agree_with_the_engine(engine: Engine, hostile: Schema, statements: Ddl) -> None:
    models, migration = render_models(hostile, engine.traits), render_migration(hostile, engine.traits)

    evidence = [
        models_equal(hostile, statements, engine, models),
        migration_equal(hostile, statements, engine, migration),
        red_then_green(hostile, statements, engine, render_suite(hostile, engine.traits)),
    ]

    assert [(one.state, one.reason) for one in evidence if one.state != "supported"] == []
