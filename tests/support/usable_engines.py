"""What a test needs beside Python: if it is unavailable, the test fails in CI and is skipped elsewhere."""

import os
from typing import NoReturn

import pytest

from langgraph_dba.database.engines import Engine, engines_for
from langgraph_dba.errors import EngineUnavailable


def usable(name: str) -> Engine:
    """Return the engine; if it is unavailable, fail in CI and skip elsewhere, with the reason."""
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        unavailable(f"{name} cannot be used here: {engine}")
    return engine


def unavailable(reason: str) -> NoReturn:
    """Fail in CI and skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
