"""Engines that every test shares, and a set of requirements that touches every kind of rule."""

from collections.abc import Iterator

import fake_distribution
import pytest
from usable_engines import usable

from langgraph_dba.database.ddl.rendering import Ddl, render
from langgraph_dba.database.engines import ENGINES, Engine, traits_of
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs.kit.specimen import specimen, specimen_requirements
from langgraph_dba.database.requirements import Requirements


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return usable(request.param)


@pytest.fixture
def postgresql() -> Engine:
    return usable("postgresql")


@pytest.fixture
def mariadb() -> Engine:
    return usable("mariadb")


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


@pytest.fixture
def fresh_plugins() -> Iterator[None]:
    """Forget fake distributions before and after a test."""
    fake_distribution.forget()
    yield
    fake_distribution.forget()
