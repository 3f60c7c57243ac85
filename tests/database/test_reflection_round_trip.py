"""What a schema says is what an engine is told, and what is read back from it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_schemas import schemas
from usable_engines import usable

from langgraph_dba.database.engines import ENGINES, Connection, Traits, traits_of
from langgraph_dba.database.schema.ddl import render
from langgraph_dba.database.schema.kept import LOST, kept
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.database.schema.reflect import reflect, schema_from_sql

HAND_WRITTEN = sorted((Path(__file__).parent / "schemas").glob("*/*.sql"))
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def _read_back(schema: Schema, traits: Traits, connection: Connection) -> Schema:
    ddl = render(schema, traits)
    connection.script(ddl.up)
    try:
        return reflect(connection, traits, name=schema.name)
    finally:
        connection.script(ddl.down)


@pytest.mark.parametrize("name", ENGINES)
def test_random_schemas_come_back_as_what_their_engine_keeps(name: str) -> None:
    _random(name, 25)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ENGINES)
def test_many_random_schemas_come_back(name: str) -> None:
    _random(name, 500)


def _random(name: str, examples: int) -> None:
    """One database serves all examples: the way down of each leaves it empty."""
    engine = usable(name)

    @settings(max_examples=examples, deadline=None, suppress_health_check=_SLOW, database=None)
    @given(schemas(engine.traits))
    def read_back(schema: Schema) -> None:
        assert _read_back(schema, engine.traits, connection) == kept(schema, engine.traits)

    with engine.scratch() as scratch, scratch.connect() as connection:
        read_back()


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(ENGINES).flatmap(lambda name: st.tuples(st.just(name), schemas(traits_of(name)))))
def test_what_is_kept_is_kept_again(pair: tuple[str, Schema]) -> None:
    name, schema = pair
    once = kept(schema, traits_of(name))

    assert kept(once, traits_of(name)) == once


@pytest.mark.parametrize("file", HAND_WRITTEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_hand_written_schemas_are_made_again(file: Path) -> None:
    """Read, made from what was read, and read again: equal, and equal to the engine's own eyes."""
    engine = usable(file.parent.name)
    read = schema_from_sql(file.read_text(), engine, name=file.stem)

    again = schema_from_sql(render(read, engine.traits).up, engine, name=file.stem)

    assert again == read
    assert kept(read, engine.traits) == kept(again, engine.traits) == _without_estimates(read)
    assert Schema.model_validate_json(read.model_dump_json()) == read


def _without_estimates(schema: Schema) -> Schema:
    tables = tuple(table.with_(estimated_rows=None) for table in schema.tables)
    return schema.model_copy(update={"tables": tables})


@pytest.mark.parametrize("file", HAND_WRITTEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_way_down_leaves_nothing(file: Path) -> None:
    engine = usable(file.parent.name)
    ddl = render(schema_from_sql(file.read_text(), engine, name=file.stem), engine.traits)

    with engine.scratch(ddl.up) as scratch, scratch.connect() as connection:
        connection.script(ddl.down)
        left = {kind: names for kind, names in connection.catalogue().items() if names and kind != "extension"}

    assert left == {}


@pytest.mark.parametrize("name", ENGINES)
def test_there_are_a_dozen_hand_written_schemas(name: str) -> None:
    assert sum(file.parent.name == name for file in HAND_WRITTEN) >= 12


def test_what_is_lost_is_told() -> None:
    named = {feature for feature, _ in LOST.values() if feature}

    assert all(text for _, text in LOST.values())
    assert named <= set().union(*(traits_of(name).keeps for name in ENGINES))
