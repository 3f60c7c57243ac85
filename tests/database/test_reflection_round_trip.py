"""What a schema says is what an engine is told, and what is read back from it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_schemas import schemas
from usable_engines import usable

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import ENGINES, Connection, Engine, Traits, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection.engine_round_trip import ROUND_TRIP_LOSSES, as_stored_by
from langgraph_dba.database.reflection.read_schema import reflect, schema_from_sql

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
        assert _read_back(schema, engine.traits, connection) == as_stored_by(schema, engine.traits)

    with engine.scratch() as scratch, scratch.connect() as connection:
        read_back()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ENGINES).flatmap(lambda name: st.tuples(st.just(name), schemas(traits_of(name)))))
def test_what_is_kept_is_kept_again(pair: tuple[str, Schema]) -> None:
    name, schema = pair
    once = as_stored_by(schema, traits_of(name))

    assert as_stored_by(once, traits_of(name)) == once


def test_a_plain_key_becomes_what_the_engine_makes_of_it(engine: Engine) -> None:
    tables = "CREATE TABLE shelf (id integer PRIMARY KEY); CREATE TABLE book (id bigint PRIMARY KEY, shelf_id integer"
    tables += " REFERENCES shelf (id));"
    plain = schema_from_sql(tables, usable("postgresql"), name="plain")

    read = schema_from_sql(render(plain, engine.traits).up, engine, name="plain")

    assert read == as_stored_by(plain, engine.traits)


def test_what_is_lost_is_told() -> None:
    named = {feature for feature, _ in ROUND_TRIP_LOSSES.values() if feature}

    assert all(text for _, text in ROUND_TRIP_LOSSES.values())
    assert named <= set().union(*(traits_of(name).keeps for name in ENGINES))
