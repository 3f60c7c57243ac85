"""Fetch the rows of a server's cursor so that at most one row beyond the limits is in memory.

libpq keeps the rows of a FETCH until it has all of them, and so does the server. A FETCH has as many rows as the
largest row so far allows, and the memory of this process is watched while they are received: if a later row is much
larger, `SuddenGrowthError` is raised, and the caller repeats the read row by row, which takes longer.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from langgraph_dba.database.engines.live.statement_limits import ResultBudget, ValueKind, size_bound
from langgraph_dba.database.engines.postgresql.commands import Commands
from langgraph_dba.database.engines.postgresql.text_values import CANNOT_HOLD, text_decoder
from langgraph_dba.database.engines.servers.watchdog import private_bytes

_CANCEL_LIMIT_S = 0.8
_FIRST_ROWS = 50  # received one by one
_MOST_ROWS, _MOST_BYTES = 1_000, 1024 * 1024  # of a later FETCH
_GROWTH_BYTES = 16 * 1024 * 1024  # of the process while the rows of one FETCH are received
# by the id of a type: what psycopg makes of its values
_KINDS: dict[int, ValueKind] = {
    **dict.fromkeys((16, 20, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 2950), "fixed"),
    **dict.fromkeys((18, 19, 25, 1042, 1043), "text"),
    **dict.fromkeys((17, 1700), "flat"),
}


class SuddenGrowthError(Exception):
    """The rows of a FETCH are much larger than all before."""


def fetch_all(
    link: psycopg.Connection[Any],
    commands: Commands,
    cursor: str,
    budget: ResultBudget,
    is_over: Callable[[], bool],
    *,
    row_by_row: bool = False,
) -> tuple[str, ...]:
    """Add all rows of an open cursor to the budget and return the names of the columns.

    QueryCanceled if the time `is_over`: the server ignores a cancel request between two commands.
    OverLimit and SuddenGrowthError close the connection: it has rows that were not read.
    """
    fetch = _Fetch(link, commands, cursor, budget, is_over)
    try:
        while not (is_complete := fetch.next_one_by_one()):
            if not row_by_row and private_bytes(os.getpid()):  # 0: memory cannot be watched on this system
                break
        if not is_complete:
            fetch.ask(fetch.fitting_rows())
            while not fetch.take_at_once():
                pass
    except BaseException as error:
        if not isinstance(error, psycopg.Error) or fetch.is_running:
            with suppress(psycopg.Error):
                link.cancel_safe(timeout=_CANCEL_LIMIT_S)
            link.close()
        raise
    return fetch.names


class _Fetch:
    """The FETCH commands of one cursor."""

    def __init__(
        self,
        link: psycopg.Connection[Any],
        commands: Commands,
        cursor: str,
        budget: ResultBudget,
        is_over: Callable[[], bool],
    ) -> None:
        self._link, self._commands, self._cursor, self._budget, self._is_over = link, commands, cursor, budget, is_over
        self._decoder = Transformer.from_context(link)
        self._asked = 0
        self._decoded: list[tuple[Any, ...]] = []
        self._kinds: Sequence[ValueKind] = ()
        self.names: tuple[str, ...] = ()
        self.is_running = False

    def ask(self, rows: int, *, one_by_one: bool = False) -> None:
        """Send a FETCH of so many rows, or of one more than may follow."""
        if self._is_over():
            raise psycopg.errors.QueryCanceled
        self._asked = min(rows, self._budget.rows_left + 1)
        self._commands.send(f"FETCH FORWARD {self._asked} FROM {self._cursor}", single_rows=one_by_one)
        self.is_running = True

    def fitting_rows(self) -> int:
        """Return how many rows as large as the largest so far a FETCH may have."""
        return min(max(_MOST_BYTES // max(self._budget.largest, 1), 1), _MOST_ROWS)

    def next_one_by_one(self) -> bool:
        """Add rows that are received one by one, and return whether they are the last ones."""
        self.ask(_FIRST_ROWS, one_by_one=True)
        expected_left = self._budget.rows_left - self._asked
        # no more of them are in memory than the last input brought
        for result in self._commands.results(before_input=self._add_decoded):
            self._decode(result)
        self.is_running = False
        self._add_decoded()
        return self._budget.rows_left > expected_left

    def take_at_once(self) -> bool:
        """Add the rows of a FETCH, for which the next one is sent before; return whether they are the last ones."""
        result = self._watched()
        self.is_running, asked = False, self._asked
        left = self._budget.rows_left - asked
        if result.ntuples == asked and left >= 0:
            # the server works on the next rows while this process decodes these
            self.ask(min(self.fitting_rows(), left + 1))
        self._decode(result)
        self._add_decoded()
        return result.ntuples < asked

    def _watched(self) -> PGresult:
        """Return the rows of a FETCH; SuddenGrowthError if they need much more memory than expected."""
        memory = private_bytes(os.getpid())

        def watch() -> None:
            if private_bytes(os.getpid()) - memory > _GROWTH_BYTES:
                raise SuddenGrowthError

        (rows,) = self._commands.results(before_input=watch)
        return rows

    def _decode(self, result: PGresult) -> None:
        if not self.names:
            self._decoder.set_pgresult(result)
            names = [result.fname(i) or b"" for i in range(result.nfields)]
            self.names = tuple(name.decode(self._commands.encoding, "replace") for name in names)
            self._kinds = [_KINDS.get(result.ftype(i), "") for i in range(result.nfields)]
        self._decoder.set_pgresult(result, set_loaders=False)
        try:
            rows = self._decoder.load_rows(0, result.ntuples, tuple)
        except CANNOT_HOLD:
            self._decoder = text_decoder(self._link)
            self._decoder.set_pgresult(result)
            self._kinds = ["flat" if kind == "fixed" else kind for kind in self._kinds]
            rows = self._decoder.load_rows(0, result.ntuples, tuple)
        self._decoded += rows

    def _add_decoded(self) -> None:
        if rows := self._decoded:
            self._decoded = []
            self._budget.add(rows, size_bound(rows, self._kinds))
