"""Fixtures for rules: requirement sets, and schemas read from SQL, cached because each read creates a database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from langgraph_dba.database.engines import Engine
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.reflection.read_schema import schema_from_sql
from langgraph_dba.database.requirements import Requirements

HERE = Path(__file__).parent


_READ: dict[str, Schema] = {}


@pytest.fixture
def from_sql(postgresql: Engine) -> Callable[[str], Schema]:
    """Return a function that reads PostgreSQL statements as a schema."""

    def read(sql: str) -> Schema:
        if sql not in _READ:
            _READ[sql] = schema_from_sql(sql, postgresql, name="from SQL")
        return _READ[sql]

    return read


def _yaml(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


SENSIBLE = {name: Requirements.model_validate(raw) for name, raw in _yaml("requirement_sets.yaml").items()}


@pytest.fixture(params=sorted(SENSIBLE))
def sensible(request: pytest.FixtureRequest) -> Requirements:
    """Requirements without flaws, from eight lines of business."""
    return SENSIBLE[request.param]


@pytest.fixture
def flawed() -> Requirements:
    """Requirements with the usual mistakes."""
    return Requirements.model_validate(_yaml("flawed.yaml"))
