"""An engine for a test: missing is a failure where the tests run in CI, and a skip with its reason elsewhere."""

import os

import pytest

from langgraph_dba.database.engines import Engine, engines_for
from langgraph_dba.errors import EngineUnavailable


def usable(name: str) -> Engine:
    """The engine, or a skip with its reason; where the tests run in CI, a missing engine is a failure."""
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        if os.environ.get("CI"):
            pytest.fail(f"{name} cannot be used here: {engine}")
        pytest.skip(str(engine))
    return engine
