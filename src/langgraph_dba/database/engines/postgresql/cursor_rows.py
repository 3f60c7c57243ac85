"""Fetch the rows of a server's cursor so that at most one row beyond the limits is in memory.

libpq keeps the rows of a FETCH until it has all of them, and so does the server. A FETCH has as many rows as the
largest row so far allows, and the memory of this process is watched while they are received: if a later row is much
larger, `SuddenGrowthError` is raised, and the caller repeats the read row by row, which takes longer.
"""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from langgraph_dba.database.engines.live.statement_limits import ResultBudget
from langgraph_dba.database.engines.servers.watchdog import private_bytes

_CANCEL_LIMIT_S = 0.8
_FIRST_ROWS = 50  # received one by one
_MOST_ROWS, _MOST_BYTES = 1_000, 1024 * 1024  # of a later FETCH
_GROWTH_BYTES = 16 * 1024 * 1024  # of the process while the rows of one FETCH are received


class SuddenGrowthError(Exception):
    """The rows of a FETCH are much larger than all before."""


def fetch_all(
    link: psycopg.Connection[Any],
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
    fetch = _Fetch(link, cursor, budget, is_over)
    one_by_one, rows = True, _FIRST_ROWS
    try:
        while True:
            rows = min(rows, budget.rows_left + 1)
            if fetch.next_rows(rows, one_by_one=one_by_one) < rows:
                return fetch.names
            if not row_by_row and private_bytes(os.getpid()):  # 0: memory cannot be watched on this system
                one_by_one, rows = False, min(max(_MOST_BYTES // max(budget.largest, 1), 1), _MOST_ROWS)
    except psycopg.Error:
        raise
    except BaseException:
        with suppress(psycopg.Error):
            link.cancel_safe(timeout=_CANCEL_LIMIT_S)
        link.close()
        raise


class _Fetch:
    """The FETCH commands of one cursor."""

    def __init__(
        self, link: psycopg.Connection[Any], cursor: str, budget: ResultBudget, is_over: Callable[[], bool]
    ) -> None:
        self._link, self._cursor, self._budget, self._is_over = link, cursor, budget, is_over
        self._decoder = Transformer.from_context(link)
        self._ready = select.poll()
        self._ready.register(link.pgconn.socket, select.POLLIN)
        self._memory = 0
        self._uncounted: list[tuple[Any, ...]] = []
        self.names: tuple[str, ...] = ()

    def next_rows(self, rows: int, *, one_by_one: bool) -> int:
        """Fetch the next rows and return how many there were."""
        if self._is_over():
            raise psycopg.errors.QueryCanceled
        connection, count = self._link.pgconn, 0
        connection.send_query_params(f"FETCH FORWARD {rows} FROM {self._cursor}".encode(), None)
        if one_by_one:
            connection.set_single_row_mode()
        for result in self._results(is_watched=not one_by_one):
            if not self.names:
                self._describe(result)
            self._decoder.set_pgresult(result, set_loaders=False)
            self._uncounted += self._decoder.load_rows(0, result.ntuples, tuple)
            count += result.ntuples
        self._count()
        return count

    def _results(self, *, is_watched: bool) -> Iterator[Any]:
        """Yield each part of the result as it arrives; psycopg.Error if the server refuses the command."""
        connection = self._link.pgconn
        self._memory = private_bytes(os.getpid()) if is_watched else 0
        while True:
            while connection.is_busy():
                self._count()  # single rows: no more of them are in memory than the last input brought
                self._ready.poll()
                connection.consume_input()
                if self._memory and private_bytes(os.getpid()) - self._memory > _GROWTH_BYTES:
                    raise SuddenGrowthError
            result = connection.get_result()
            if result is None:
                return
            if result.status == ExecStatus.FATAL_ERROR:
                while connection.get_result() is not None:
                    pass
                raise error_from_result(result, encoding=self._link.info.encoding)
            yield result

    def _describe(self, result: Any) -> None:
        self._decoder.set_pgresult(result)
        names = [result.fname(i) or b"" for i in range(result.nfields)]
        self.names = tuple(name.decode(self._link.info.encoding, "replace") for name in names)

    def _count(self) -> None:
        if self._uncounted:
            self._budget.add(self._uncounted)
            self._uncounted = []
