"""Traits depend on the version of an engine."""

from types import SimpleNamespace

import pytest

from langgraph_dba.database import engines
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine, traits_here, traits_of
from langgraph_dba.database.engines.versions import version_numbers
from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table


def test_the_traits_are_those_of_the_running_version(engine: Engine) -> None:
    assert engine.traits == traits_of(engine.traits.name, engine.version())


@pytest.mark.parametrize(
    ("engine", "before", "since", "trait"),
    [
        ("postgresql", "14.12", "15", "null_some_columns"),
        ("postgresql", "14.12", "15.1", "security_invoker_views"),
        ("postgresql", "14.12", "18.6", "nulls_not_distinct"),
        ("sqlite", "3.34.9", "3.35.0", "returning"),
        ("mariadb", "10.6.18-MariaDB", "10.11.6-MariaDB", "native_uuids"),
        ("mariadb", "10.4.1-MariaDB", "10.5-MariaDB-log", "returning"),
    ],
)
def test_a_trait_has_its_earlier_value_before_its_version(engine: str, before: str, since: str, trait: str) -> None:
    assert getattr(traits_of(engine, before), trait) is False
    assert getattr(traits_of(engine, since), trait) is True


def test_a_missing_trait_changes_the_rendered_sql() -> None:
    column = Column(name="token", type=ColumnType(name="uuid"))
    schema = Schema(name="s", tables=(Table(name="t", columns=(column,)),))

    assert "UUID" in render(schema, traits_of("mariadb", "10.11.6-MariaDB")).up
    assert "CHAR(36)" in render(schema, traits_of("mariadb", "10.6.18-MariaDB")).up
    assert "STRICT" not in render(schema, traits_of("sqlite", "3.36.0")).up
    assert "STRICT" not in traits_of("sqlite").fallbacks.get("table_options", "")


def test_statements_are_rendered_for_the_running_version(monkeypatch: pytest.MonkeyPatch, schema: Schema) -> None:
    """PostgreSQL 14 cannot set only some columns of a key to NULL: `SET NULL (column)` is a syntax error there."""
    old = SimpleNamespace(traits=traits_of("postgresql", "14.12"))
    best = render(schema, traits_of("postgresql")).up
    monkeypatch.setattr(engines, "_shared_engine", lambda _: old)

    assert "SET NULL (" in best
    assert "SET NULL (" not in render(schema, traits_here("postgresql")).up


def test_mariadb_and_mysql_are_distinguished_by_version() -> None:
    assert traits_of("mariadb", "8.0.40").title == "MySQL"
    assert traits_of("mariadb", "11.4.2-MariaDB").title == "MariaDB"
    assert version_numbers("10.11.19-MariaDB-0+deb12u1") == (10, 11, 19)
