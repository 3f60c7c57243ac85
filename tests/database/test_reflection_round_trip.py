"""Random schemas reflect as `as_stored_by` predicts."""

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
def test_random_schemas_reflect_as_predicted(name: str) -> None:
    _random(name, 25)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ENGINES)
def test_many_random_schemas_reflect_as_predicted(name: str) -> None:
    _random(name, 500)


def _random(name: str, examples: int) -> None:
    """Run all examples in one database, which the `down` script of each leaves empty."""
    engine = usable(name)

    @settings(max_examples=examples, deadline=None, suppress_health_check=_SLOW, database=None)
    @given(schemas(engine.traits))
    def read_back(schema: Schema) -> None:
        assert _read_back(schema, engine.traits, connection) == as_stored_by(schema, engine.traits)

    with engine.scratch() as scratch, scratch.connect() as connection:
        read_back()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ENGINES).flatmap(lambda name: st.tuples(st.just(name), schemas(traits_of(name)))))
def test_a_stored_form_is_stored_unchanged(pair: tuple[str, Schema]) -> None:
    name, schema = pair
    once = as_stored_by(schema, traits_of(name))

    assert as_stored_by(once, traits_of(name)) == once


@pytest.mark.server
def test_a_bigint_key_reflects_as_predicted_on_another_engine(engine: Engine) -> None:
    tables = "CREATE TABLE shelf (id integer PRIMARY KEY); CREATE TABLE book (id bigint PRIMARY KEY, shelf_id integer"
    tables += " REFERENCES shelf (id));"
    plain = schema_from_sql(tables, usable("postgresql"), name="plain")

    reflected = schema_from_sql(render(plain, engine.traits).up, engine, name="plain")

    assert reflected == as_stored_by(plain, engine.traits)


def test_every_loss_has_a_text_and_a_known_feature() -> None:
    named = {feature for feature, _ in ROUND_TRIP_LOSSES.values() if feature}

    assert all(text for _, text in ROUND_TRIP_LOSSES.values())
    assert named <= set().union(*(traits_of(name).keeps for name in ENGINES))
