"""Read a user's PostgreSQL database: each statement runs in a read-only transaction that is rolled back.

The server itself refuses writes that the allow-list would miss: a cursor accepts only a query, a message contains one
statement, the transaction is read-only, and it is never committed.
"""

import re
import threading
import time
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import Any, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from langgraph_dba.database.engines.base import QueryResult, Rejected
from langgraph_dba.database.engines.live.connecting import STEP_LIMIT_S, connected_within, no_answer
from langgraph_dba.database.engines.live.end_of_process import cancelled_at_end
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, AllowedStatement
from langgraph_dba.database.engines.live.statement_limits import Limits, ResultBudget
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.postgresql import plan as plans
from langgraph_dba.database.engines.postgresql.commands import Commands
from langgraph_dba.database.engines.postgresql.connection import ENCODING, VALUE_FORMS, refusal
from langgraph_dba.database.engines.postgresql.cursor_rows import SuddenGrowthError, fetch_all
from langgraph_dba.database.engines.postgresql.rights import REMEDY, RIGHTS, SETTINGS
from langgraph_dba.database.engines.postgresql.text_values import read_infinite_intervals
from langgraph_dba.database.engines.postgresql.traits import traits_of_version
from langgraph_dba.database.engines.postgresql.wall.statement import allowed
from langgraph_dba.database.engines.postgresql.wall.wall import NEXT_TRANSACTION, Wall
from langgraph_dba.deadlines import Interrupted, interrupted_after, on_timeout
from langgraph_dba.errors import EngineError, Forbidden, OverLimit

_AGAIN_S = 0.4  # then it is cancelled again, because another statement may have started
_GRACE_S = 0.8  # how long a cancelled statement may take to end before the socket is closed
_CURSOR = "live_read"
_PATH_NAME = re.compile(r'"(?:[^"]|"")*"|[^\s,"]+')
_PARAMETER_PRIVILEGES = 150_000  # the version that has them
# in force before the first transaction, and again after DISCARD ALL
_READ_ONLY = "-c default_transaction_read_only=on"
# A rollback leaves session settings, advisory locks, prepared statements, temporary tables and LISTEN. These are the
# parts of DISCARD ALL, which cannot be sent in one message with ROLLBACK.
_CLEAN_UP = (
    "ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *; "
    "SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES"
)


class PostgresReader:
    """A read-only connection to a user's database. Use it in one thread at a time."""

    def __init__(self, url: str, trusted_functions: Sequence[str], limit_s: float) -> None:
        """Connect; EngineError if that fails."""
        self._url, self._wall = url, Wall(trusted_functions)
        self._next_transaction = 0
        self._link = self._connect(limit_s)
        self._commands = Commands(self._link)
        self.traits = traits_of_version(self.version())
        self._path = self._path_with_own_objects_first(limit_s)
        self._superuser = self._link.info.parameter_status("is_superuser") == "on"

    def allowed(self, sql: str, parameters: Collection[str]) -> AllowedStatement:
        return allowed(sql, parameters)

    def version(self) -> str:
        return str(self._link.info.parameter_status("server_version")).split()[0]

    def read(self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits) -> QueryResult:
        began = time.monotonic()
        try:
            return self._read(statement, params, limits)
        except SuddenGrowthError:
            return self._read(statement, params, limits.after(time.monotonic() - began), row_by_row=True)

    def explain(
        self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits, *, run: bool = False
    ) -> Plan:
        with self._transaction(limits) as over:
            self._check(statement, limits, over)
            command = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " if run else "EXPLAIN (FORMAT JSON) "
            sql = command + (statement.with_placeholders("%({})s") if params else statement.sql)
            result = self._streamed(sql, dict(params) if params else None, ResultBudget(limits))
            return plans.read(result.scalar[0])

    def excess(self, limits: Limits) -> tuple[str, ...]:
        with self._transaction(limits):
            rows = self._run(RIGHTS, {})
            if self._link.info.server_version >= _PARAMETER_PRIVILEGES:
                rows += self._run(SETTINGS, {})
            return tuple(str(row[0]) for row in rows)

    def remedy(self) -> str:
        return REMEDY.format(database=psycopg.sql.Identifier(self._link.info.dbname).as_string())

    def close(self) -> None:
        self._link.close()

    def _connect(self, limit_s: float) -> psycopg.Connection[Any]:
        try:
            parts = conninfo_to_dict(self._url)
        except psycopg.Error as error:
            raise _refused(error) from None
        where = f"{parts.get('host') or parts.get('hostaddr') or 'the local socket'}, port {parts.get('port') or 5432}"
        given = str(parts.get("options") or "")
        with_options = make_conninfo(self._url, options=f"{given} {_READ_ONLY}".strip())
        try:
            link = connected_within(limit_s, where, lambda step_s: _connection(with_options, self._url, step_s))
        except psycopg.errors.ConnectionTimeout:
            raise no_answer(where, min(limit_s, STEP_LIMIT_S)) from None
        except psycopg.Error as error:
            raise _refused(error) from None
        read_infinite_intervals(link)
        link.prepare_threshold = None  # a prepared statement would outlive its transaction
        return link

    def _path_with_own_objects_first(self, limit_s: float) -> str | None:
        """Return the search path without pg_catalog, which is then searched first; None if it is not in it.

        A database whose path names it behind another schema could give our own queries its functions and operators.
        """
        limits, over = Limits(time_s=limit_s), threading.Event()
        try:
            with self._timed(limits, over):
                ((path,),) = self._run("SELECT pg_catalog.current_setting('search_path')", {})
        except psycopg.Error as error:
            self._link.close()
            raise self._error(error, limits, over=over.is_set()) from None
        names = _PATH_NAME.findall(str(path))
        others = [name for name in names if name.strip('"') != "pg_catalog"]
        return None if len(others) == len(names) else ", ".join(others) or "''"

    def _read(
        self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits, *, row_by_row: bool = False
    ) -> QueryResult:
        with self._transaction(limits) as over:
            self._check(statement, limits, over)
            sql, values = (statement.with_placeholders("%({})s"), dict(params)) if params else (statement.sql, None)
            budget = ResultBudget(limits)
            if statement.kind == "show":
                return self._streamed(sql, values, budget)
            # the server's grammar accepts only a query here
            declare = f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {sql}"
            if values is None:
                self._commands.run(declare)
            else:
                self._link.execute(declare, values, prepare=False)
            names = fetch_all(self._link, self._commands, _CURSOR, budget, over.is_set, row_by_row=row_by_row)
            return QueryResult(tuple(budget.rows), names, 0)

    def _check(self, statement: AllowedStatement, limits: Limits, over: threading.Event) -> None:
        """Raise Forbidden if the wall refuses the statement; psycopg's error if the time is over."""
        if statement.vetted:
            is_known = self._wall.knows(statement, self._next_transaction)
            with nullcontext() if is_known else interrupted_after(limits.left_s):
                self._wall.check(statement, self._run, self._next_transaction)
        if over.is_set():  # it was cancelled while no statement was running
            raise psycopg.errors.QueryCanceled

    @contextmanager
    def _transaction(self, limits: Limits) -> Iterator[threading.Event]:
        """Open a read-only transaction and yield the event that is set when its time is over."""
        if self._link.closed:
            self._link = self._connect(limits.left_s)
            self._commands = Commands(self._link)
        over = threading.Event()
        with self._timed(limits, over):
            try:
                self._next_transaction = self._begin(limits)
                yield over
            except psycopg.Error as error:
                raise self._error(error, limits, over=over.is_set()) from None
            except Interrupted:
                raise limits.over("time") from None
            finally:
                self._clean_up()

    def _begin(self, limits: Limits) -> int:
        """Open a transaction and return the id of the next transaction: unchanged, nothing was written since."""
        results = self._commands.run_several(f"{self._opening(limits)} {NEXT_TRANSACTION}")
        return int(results[-1].get_value(0, 0) or 0)

    def _opening(self, limits: Limits) -> str:
        """Return the statements that open the transaction with its local settings, sent as one message."""
        milliseconds = max(int(limits.left_s * 1000), 1)
        settings = {
            **VALUE_FORMS,
            "statement_timeout": milliseconds,
            "lock_timeout": max(int(limits.lock_wait_s * 1000), 1),
            "idle_in_transaction_session_timeout": milliseconds + 10_000,
            "standard_conforming_strings": "on",  # "off" gives a backslash another meaning than the parser
            "cursor_tuple_fraction": 1,  # plan for all rows; the default for cursors is 0.1
        }
        if self._path is not None:
            settings["search_path"] = self._path
        if self._superuser:
            settings["temp_file_limit"] = max(limits.memory_bytes // 1024, 1)  # only superusers may set it
        lines = "".join(f"SET LOCAL {name} = {value};" for name, value in settings.items())
        return f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {lines}"

    def _streamed(self, statement: str, params: dict[str, Any] | None, budget: ResultBudget) -> QueryResult:
        # the extended protocol: one statement per message, rows one by one
        names: tuple[str, ...] = ()
        with self._link.cursor() as cursor:
            rows = cast("Generator[tuple[Any, ...], None, None]", cursor.stream(statement, params))
            with closing(rows):
                for row in rows:
                    names = names or tuple(column.name for column in cursor.description or ())
                    budget.add([row])
        return QueryResult(tuple(budget.rows), names, 0)

    def _run(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self._link.execute(sql, params or None).fetchall()

    @contextmanager
    def _timed(self, limits: Limits, over: threading.Event) -> Iterator[None]:
        # a timer of the client too: a statement might raise the server's statement_timeout

        def cancel() -> None:
            over.set()
            with suppress(psycopg.Error):
                self._link.cancel_safe(timeout=_GRACE_S)

        def disconnect() -> None:
            with suppress(OSError, psycopg.Error):
                _shut(self._link.fileno())

        left = limits.left_s
        with (
            cancelled_at_end(over, cancel),
            on_timeout(left, cancel),
            on_timeout(left + _AGAIN_S, cancel),
            on_timeout(left + _GRACE_S, disconnect),
        ):
            yield

    def _clean_up(self) -> None:
        """Roll back and reset the session; close the connection if that fails."""
        if self._link.info.transaction_status == TransactionStatus.ACTIVE:
            # KeyboardInterrupt: the statement would run on, and nothing can be sent before it ends
            with suppress(psycopg.Error):
                self._link.cancel_safe(timeout=_GRACE_S)
            self._link.close()
            return
        try:
            self._commands.run_several(_CLEAN_UP)
        except psycopg.Error:
            self._link.close()

    def _error(self, error: psycopg.Error, limits: Limits, *, over: bool) -> Exception:
        state = error.sqlstate or ""
        if over or state == "57014":
            return limits.over("time")
        if state == "55P03":
            return OverLimit(f"over the limit of {limits.lock_wait_s:g} s of waiting for a lock: try again later")
        if state == "53400":
            return OverLimit(f"over the server's own limit: {' '.join(str(error).split())}: read or sort less")
        refused = refusal(error)
        if state in _FORBIDDEN:
            return Forbidden(f"refused by PostgreSQL: {refused}. {ALLOWED}.")
        return refused if isinstance(error, psycopg.DatabaseError) else Rejected("other", str(error))


def _connection(conninfo: str, plain_conninfo: str, step_s: float) -> psycopg.Connection[Any]:
    """Connect; through a pooler that accepts no options, without them: each transaction is read-only anyway."""

    def opened(info: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            info,
            autocommit=True,
            client_encoding=ENCODING,
            connect_timeout=int(step_s),
            application_name="langgraph-dba",
        )

    try:
        return opened(conninfo)
    except psycopg.OperationalError as error:
        if "unsupported startup parameter" not in str(error):
            raise
    return opened(plain_conninfo)


def _refused(error: psycopg.Error) -> EngineError:
    return EngineError(f"PostgreSQL refused the connection: {' '.join(str(error).split())}")


# write in a read-only transaction; several commands; not allowed in a transaction; no privilege
_FORBIDDEN = frozenset({"25006", "25001", "42501"})


def _shut(descriptor: int) -> None:
    # psycopg has no method that ends a blocked read in another thread: shut the socket of its descriptor down
    import os
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as twin:
        twin.shutdown(socket.SHUT_RDWR)


def open_reader(url: str, trusted_functions: Sequence[str], limit_s: float) -> PostgresReader:
    """Connect to the database that a `postgresql://` URL names."""
    _, _, rest = url.partition("://")
    return PostgresReader(f"postgresql://{rest}", trusted_functions, limit_s)
