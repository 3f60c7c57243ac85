"""One scratch database per engine for many tests: creating one takes longer than most of these tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import Connection, Scratch
from langgraph_dba.database.engines.versions import version_numbers


class SharedDatabases:
    """The open databases; one is dropped if a test fails in it."""

    def __init__(self) -> None:
        """Open no database yet."""
        self._open: dict[str, tuple[ExitStack, Scratch, Connection]] = {}

    @contextmanager
    def empty(self, name: str, since: int = 0) -> Iterator[tuple[Scratch, Connection]]:
        """Yield the empty database of an engine, which the test must empty again; skip if the engine is older."""
        if version_numbers(usable(name).version()) < (since,):
            pytest.skip(f"{name} has this since version {since}")
        if name not in self._open:
            stack = ExitStack()
            scratch = stack.enter_context(usable(name).scratch())
            self._open[name] = (stack, scratch, stack.enter_context(scratch.connect()))
        _, scratch, connection = self._open[name]
        try:
            yield scratch, connection
        except BaseException:
            self._open.pop(name)[0].close()
            raise

    def close(self) -> None:
        """Close all databases."""
        for stack, *_ in self._open.values():
            stack.close()
        self._open.clear()
