"""`scratch(schema, rows=…)`: created, filled, copied from a template, and dropped."""

from pathlib import Path
from typing import Any

import pytest

from langgraph_dba.database.data.generator import Profile, TableProfile, generate
from langgraph_dba.database.data.scratch_database import scratch
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import InputError


def test_it_has_the_requested_number_of_rows(engine: Engine, schema: Schema) -> None:
    with scratch(schema, engine=engine, rows=100, scale=2) as database, database.connect("superuser") as connection:
        assert connection.run("SELECT count(*) FROM tasks").scalar == 200
        assert connection.run("SELECT count(*) FROM tenants").scalar == 10


def test_without_rows_it_is_empty(sqlite: Engine, schema: Schema) -> None:
    with scratch(schema, engine=sqlite, rows=0) as database, database.connect() as connection:
        assert connection.run("SELECT count(*) FROM tasks").scalar == 0


def test_a_profile_describes_the_rows(engine: Engine, schema: Schema) -> None:
    profile = Profile(rows=20, tenants=2, tables={"tasks": TableProfile(rows=400)})
    with scratch(schema, engine=engine, profile=profile) as database, database.connect("superuser") as connection:
        assert connection.run("SELECT count(*) FROM tasks").scalar == 400


def test_a_new_copy_has_no_writes_of_an_earlier_one(engine: Engine, schema: Schema) -> None:
    for _ in range(2):
        with scratch(schema, engine=engine, rows=30) as database, database.connect("superuser") as connection:
            assert connection.run("SELECT count(*) FROM time_entries").scalar == 30
            connection.run("DELETE FROM time_entries")


def test_rows_are_generated_once_if_databases_can_be_copied(
    engine: Engine, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[object] = []

    def counted(*what: Any) -> object:
        created.append(what)
        return generate(*what)

    monkeypatch.setattr("langgraph_dba.database.data.scratch_database.generate", counted)
    for _ in range(3):
        with scratch(schema, engine=engine, rows=37):
            pass

    assert len(created) == (1 if engine.traits.copies_databases else 3)


def test_the_application_reads_only_the_rows_of_its_tenant(postgresql: Engine, schema: Schema) -> None:
    with scratch(schema, engine=postgresql, rows=100) as database, database.connect("app") as connection:
        assert connection.run("SELECT count(*) FROM tasks").scalar == 0
        with connection.transaction({"app.tenant_id": "3"}):
            assert connection.run("SELECT count(*) FROM tasks").scalar == 10


def test_an_unknown_engine_is_an_input_error(schema: Schema) -> None:
    with pytest.raises(InputError, match="there is no engine 'oracle'"), scratch(schema, engine="oracle"):
        pass


def test_files_of_sqlite_are_removed(sqlite: Engine, schema: Schema) -> None:
    with scratch(schema, engine=sqlite, rows=10) as database:
        path = Path(database.url().removeprefix("sqlite:///"))
        assert path.is_file()

    assert not path.parent.exists()
