"""Read a user's PostgreSQL database, each statement in a read-only transaction of its own that is rolled back.

The server would refuse on its own what the parser should have: a cursor takes nothing but a query, a message holds
one statement, the transaction is read-only, and nothing in it is ever committed.
"""

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, cast

import psycopg

from langgraph_dba.database.engines.base import Rejected, Result
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, Grammar, Reading
from langgraph_dba.database.engines.live.statement_limits import Budget, Limits
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.postgresql import plan as plans
from langgraph_dba.database.engines.postgresql.connection import refusal
from langgraph_dba.database.engines.postgresql.rights import REMEDY, RIGHTS
from langgraph_dba.database.engines.postgresql.traits import traits_of_version
from langgraph_dba.database.engines.postgresql.vetting import Vetting
from langgraph_dba.database.engines.time_limit import unless_done
from langgraph_dba.errors import EngineError, Forbidden, OverLimit

_CONNECT_LIMIT_S = 10
_GRACE_S = 5.0  # how long a cancelled statement may take to end before the socket is closed
_BATCH = 200
_OPTIONS = frozenset({
    "ANALYZE", "ANALYSE", "VERBOSE", "COSTS", "SETTINGS", "GENERIC_PLAN", "BUFFERS", "SERIALIZE", "WAL", "TIMING",
    "SUMMARY", "MEMORY", "FORMAT", "TEXT", "JSON", "XML", "YAML", "TRUE", "FALSE", "ON", "OFF", "NONE", "BINARY",
})  # fmt: skip


def _shows(words: Sequence[str]) -> bool:
    return words[0] == "SHOW" and len(words) > 1 and all(word == "." or word[0].isalpha() for word in words)


GRAMMAR = Grammar(
    dialect="postgres",
    folds_case=True,
    functional_notation=True,
    named_arguments=True,
    show=_shows,
    explain_options=_OPTIONS,
    hidden=((r"\bu&\s*[\"_]", 'a name written U&"…" is refused: write it plainly'),),
)


class PostgresReader:
    """One link to a user's database. Not for two threads at once."""

    grammar = GRAMMAR

    def __init__(self, url: str) -> None:
        """Connect; EngineError if that fails."""
        self._url = url
        self._link = self._connect()
        self.traits = traits_of_version(self.version())
        self._superuser = self._link.info.parameter_status("is_superuser") == "on"

    def version(self) -> str:
        return str(self._link.info.parameter_status("server_version")).split()[0]

    def read(self, reading: Reading, params: Mapping[str, Any], limits: Limits) -> Result:
        with self._transaction(limits):
            if reading.vetted:
                Vetting(self._ask, self._link.info.server_version // 10000).check(reading)
            statement = reading.placed("%({})s") if params else reading.sql
            fetch = self._streamed if reading.kind == "show" else self._through_cursor
            return fetch(statement, dict(params) if params else None, Budget(limits))

    def explain(self, reading: Reading, params: Mapping[str, Any], limits: Limits, *, run: bool = False) -> Plan:
        with self._transaction(limits):
            if reading.vetted:
                Vetting(self._ask, self._link.info.server_version // 10000).check(reading)
            asked = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " if run else "EXPLAIN (FORMAT JSON) "
            statement = asked + (reading.placed("%({})s") if params else reading.sql)
            found = self._streamed(statement, dict(params) if params else None, Budget(limits))
            return plans.read(found.scalar[0])

    def excess(self) -> tuple[str, ...]:
        with self._transaction(Limits()):
            return tuple(str(row[0]) for row in self._ask(RIGHTS, {}))

    def remedy(self) -> str:
        return REMEDY.format(database=psycopg.sql.Identifier(self._link.info.dbname).as_string())

    def close(self) -> None:
        self._link.close()

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            link = psycopg.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_LIMIT_S, application_name="langgraph-dba"
            )
        except psycopg.Error as error:
            raise EngineError(f"PostgreSQL did not let us in: {' '.join(str(error).split())}") from None
        link.prepare_threshold = None  # a prepared statement would outlive its transaction
        return link

    @contextmanager
    def _transaction(self, limits: Limits) -> Iterator[None]:
        if self._link.closed:
            self._link = self._connect()
        over = threading.Event()
        with self._timed(limits, over):
            try:
                self._link.execute(self._opening(limits))
                yield
            except psycopg.Error as error:
                raise self._told(error, limits, over=over.is_set()) from None
            finally:
                self._clean_up()

    def _opening(self, limits: Limits) -> str:
        """One message of our own making: the transaction and the bounds that last as long as it does."""
        milliseconds = max(int(limits.time_s * 1000), 1)
        settings = {
            "statement_timeout": milliseconds,
            "lock_timeout": max(int(limits.lock_wait_s * 1000), 1),
            "idle_in_transaction_session_timeout": milliseconds + 10_000,
            "standard_conforming_strings": "on",  # else a backslash could end a text elsewhere than the parser thinks
            "cursor_tuple_fraction": 1,  # the plan for all rows, as without a cursor
        }
        if self._superuser:
            settings["temp_file_limit"] = max(limits.memory_bytes // 1024, 1)  # others may not set it
        lines = "".join(f"SET LOCAL {name} = {value};" for name, value in settings.items())
        return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {lines}"

    def _through_cursor(self, statement: str, params: dict[str, Any] | None, budget: Budget) -> Result:
        with psycopg.ServerCursor(self._link, "live_read") as cursor:
            cursor.execute(statement, params)  # DECLARE: the server's grammar takes a query here, and nothing else
            names = tuple(column.name for column in cursor.description or ())
            while batch := cursor.fetchmany(_BATCH):
                for row in batch:
                    budget.add(row)
        return Result(tuple(budget.rows), names, 0)

    def _streamed(self, statement: str, params: dict[str, Any] | None, budget: Budget) -> Result:
        # row by row, by the protocol that takes one statement a message
        names: tuple[str, ...] = ()
        with self._link.cursor() as cursor:
            rows = cast("Generator[tuple[Any, ...], None, None]", cursor.stream(statement, params))
            with closing(rows):
                for row in rows:
                    names = names or tuple(column.name for column in cursor.description or ())
                    budget.add(row)
        return Result(tuple(budget.rows), names, 0)

    def _ask(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self._link.execute(sql, params or None).fetchall()

    @contextmanager
    def _timed(self, limits: Limits, over: threading.Event) -> Iterator[None]:
        """The client's own clock: a setting of the server might be lifted by what it runs."""

        def end() -> None:
            over.set()
            with suppress(psycopg.Error):
                self._link.cancel_safe(timeout=_GRACE_S)

        def cut() -> None:
            with suppress(OSError, psycopg.Error):
                _shut(self._link.fileno())

        with unless_done(limits.time_s, end), unless_done(limits.time_s + 2 * _GRACE_S, cut):
            yield

    def _clean_up(self) -> None:
        """Undo the transaction and whatever outlives one; a link that cannot be cleaned is closed."""
        try:
            self._link.execute("ROLLBACK")
            # settings, locks, cursors, prepared statements, temporary tables, channels that are listened to
            self._link.execute("DISCARD ALL")
        except psycopg.Error:
            self._link.close()

    def _told(self, error: psycopg.Error, limits: Limits, *, over: bool) -> Exception:
        state = error.sqlstate or ""
        if over or state == "57014":
            return limits.over("time")
        if state == "55P03":
            return OverLimit(f"over the limit of {limits.lock_wait_s:g} s of waiting for a lock: try again later")
        if state == "53400":
            return OverLimit(f"over the server's own limit: {' '.join(str(error).split())}: read or sort less")
        told = refusal(error)
        if state in _WALLS:
            return Forbidden(f"refused by PostgreSQL: {told}. {ALLOWED}.")
        return told if isinstance(error, psycopg.DatabaseError) else Rejected("other", str(error))


# read-only transaction; several commands; not in a transaction; no right
_WALLS = frozenset({"25006", "25001", "42501"})


def _shut(descriptor: int) -> None:
    import os
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as twin:
        twin.shutdown(socket.SHUT_RDWR)


def open_reader(url: str) -> PostgresReader:
    """Connect to the database that a `postgresql://` URL names."""
    _, _, rest = url.partition("://")
    return PostgresReader(f"postgresql://{rest}")
