"""Fetch the rows of a server's cursor so that at most one row beyond the limits is in memory.

libpq keeps all rows of a chunk until the chunk is complete. A chunk is as small as the largest row so far requires, and
the memory of the process is watched while it is received: if a later row is much larger, `SuddenGrowthError` is raised,
and the caller repeats the read row by row, which takes longer.
"""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, version

from langgraph_dba.database.engines.live.statement_limits import ResultBudget
from langgraph_dba.database.engines.servers.watchdog import private_bytes

_CANCEL_LIMIT_S = 0.8
_FIRST_ROWS, _MORE_ROWS = 50, 5_000  # of one FETCH
_CHUNK_ROWS, _CHUNK_BYTES = 500, 1024 * 1024
_GROWTH_BYTES = 16 * 1024 * 1024  # of the process while one chunk is received
_HAS_CHUNKS = version() >= 170_000  # noqa: PLR2004  of libpq


class SuddenGrowthError(Exception):
    """The rows of a chunk are much larger than all before."""


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
    chunk, rows = 1, _FIRST_ROWS
    try:
        while True:
            rows = min(rows, budget.rows_left + 1)
            if fetch.next_rows(rows, chunk) < rows:
                return fetch.names
            rows = _MORE_ROWS
            if _HAS_CHUNKS and not row_by_row:
                chunk = min(max(_CHUNK_BYTES // max(budget.largest, 1), 1), _CHUNK_ROWS)
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

    def next_rows(self, rows: int, chunk: int) -> int:
        """Fetch the next rows and return how many there were."""
        if self._is_over():
            raise psycopg.errors.QueryCanceled
        connection, count = self._link.pgconn, 0
        connection.send_query_params(f"FETCH FORWARD {rows} FROM {self._cursor}".encode(), None)
        if chunk > 1:
            connection.set_chunked_rows_mode(chunk)
        else:
            connection.set_single_row_mode()
        for result in self._results(is_watched=chunk > 1):
            if not self.names:
                self._describe(result)
            self._decoder.set_pgresult(result, set_loaders=False)
            self._uncounted += self._decoder.load_rows(0, result.ntuples, tuple)
            count += result.ntuples
            if chunk > 1:
                self._count()
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
            if self._memory:
                self._memory = private_bytes(os.getpid())
