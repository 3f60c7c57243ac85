"""One database of each engine for many tests that leave it empty: making one costs more than most of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import Connection, Scratch
from langgraph_dba.database.engines.versions import version_numbers


class SharedDatabases:
    """Databases that were opened so far; one that a test left in disorder is given up."""

    def __init__(self) -> None:
        """Open none yet."""
        self._open: dict[str, tuple[ExitStack, Scratch, Connection]] = {}

    @contextmanager
    def empty(self, name: str, since: int = 0) -> Iterator[tuple[Scratch, Connection]]:
        """Lend the database of an engine, to be given back as empty as it was; skip if the engine is older."""
        if version_numbers(usable(name).version()) < (since,):
            pytest.skip(f"{name} knows this from version {since} on")
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
        """Give all up."""
        for stack, *_ in self._open.values():
            stack.close()
        self._open.clear()
