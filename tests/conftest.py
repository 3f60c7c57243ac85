"""Engines that every test shares, and a set of requirements that touches every kind of rule."""

import os

import pytest

from langgraph_dba.database.engines import ENGINES, Engine, engines_for, traits_of
from langgraph_dba.database.proofs.specimen import specimen, specimen_requirements
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.database.schema.ddl import Ddl, render
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.errors import EngineUnavailable


def usable(name: str) -> Engine:
    """The engine, or a skip with its reason; where the tests run in CI, a missing engine is a failure."""
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        if os.environ.get("CI"):
            pytest.fail(f"{name} cannot be used here: {engine}")
        pytest.skip(str(engine))
    return engine


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return usable(request.param)


@pytest.fixture
def postgresql() -> Engine:
    return usable("postgresql")


@pytest.fixture
def sqlite() -> Engine:
    return usable("sqlite")


@pytest.fixture(scope="session")
def projects() -> Requirements:
    """Tenants, every cardinality, a reference to itself, a transitive dependency, every kind of check."""
    return specimen_requirements()


@pytest.fixture(scope="session")
def schema() -> Schema:
    return specimen()


@pytest.fixture(scope="session")
def ddl(schema: Schema) -> dict[str, Ddl]:
    return {name: render(schema, traits_of(name)) for name in ENGINES}
