"""Fixtures: checkpointers whose serializer accepts only plain data and messages."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langgraph_dba.database.engines import Engine

STRICT = JsonPlusSerializer(allowed_msgpack_modules=())


@pytest.fixture
def postgres_url(postgresql: Engine) -> Iterator[str]:
    """Yield the URL of an empty database on our own server, as its owner: checkpoints need no superuser."""
    with postgresql.scratch() as scratch:
        yield scratch.url().replace("+psycopg", "")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseCheckpointSaver[Any]]:
    if request.param == "memory":
        yield InMemorySaver(serde=STRICT)
    elif request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "c.db", check_same_thread=False)) as connection:
            yield SqliteSaver(connection, serde=STRICT)
    else:
        url = request.getfixturevalue("postgres_url")
        from langgraph.checkpoint.postgres import (
            PostgresSaver,  # after `postgres_url`, which skips the test without the driver
        )

        with PostgresSaver.from_conn_string(url) as kept:
            kept.serde = STRICT
            kept.setup()
            yield kept


@pytest.fixture(params=["sqlite", "postgresql"])
async def async_saver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    if request.param == "sqlite":
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "c.db")) as file:
            file.serde = STRICT
            yield file
    else:
        url = request.getfixturevalue("postgres_url")
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        async with AsyncPostgresSaver.from_conn_string(url) as kept:
            kept.serde = STRICT
            await kept.setup()
            yield kept
