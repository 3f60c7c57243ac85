"""A connection to a PostgreSQL database, and the mapping of its errors."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql as compose

from langgraph_dba.database.engines.base import (
    Catalogue,
    QueryResult,
    Rejected,
    ViolationKind,
    with_driver_placeholders,
)
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.postgresql import plan as plans
from langgraph_dba.database.engines.postgresql.catalogue import normalise_expression, read
from langgraph_dba.database.engines.postgresql.resource_guard import PostgresGuard
from langgraph_dba.database.engines.records import to_catalogue
from langgraph_dba.database.engines.time_limit import out_of_time, time_left
from langgraph_dba.database.engines.unsendable import refuse_unsendable
from langgraph_dba.deadlines import on_timeout
from langgraph_dba.errors import EngineError, EngineFailed, OverLimit

_KINDS: dict[str, ViolationKind] = {
    "23505": "unique",
    "23503": "foreign-key",
    "23001": "foreign-key",  # RESTRICT, from version 18 on
    "23514": "check",
    "23502": "not-null",
    "42501": "permission",
    "44000": "permission",  # WITH CHECK OPTION of a view
    "57014": "time-limit",
}
_STATEMENT_LIMIT_S = 120.0
ENCODING = "UTF8"  # also against PGCLIENTENCODING: with SQL_ASCII the driver returns bytes
# The forms that the driver reads. A role, a database or libpq's variables (PGDATESTYLE, PGTZ, PGGEQO) may set others,
# and those variables come after the options of a connection.
VALUE_FORMS = {"datestyle": "'ISO, MDY'", "intervalstyle": "postgres"}
_SETTINGS = ";".join(
    f"SET {name} = {value}" for name, value in (*VALUE_FORMS.items(), ("timezone", "UTC"), ("geqo", "on"))
)


class PostgresConnection:
    """A connection in one role; the client enforces the time limit of each statement."""

    # not `statement_timeout`: a role may change that setting in its own session

    def __init__(self, conninfo: str, guard: PostgresGuard | None = None) -> None:
        """Connect; `guard` returns the reason if it terminated this connection."""
        self._guard = guard
        try:
            self._link = psycopg.connect(
                conninfo, autocommit=True, client_encoding=ENCODING, options="-c search_path=public"
            )
            self._link.execute(_SETTINGS)
        except psycopg.Error as error:
            raise EngineFailed(f"the server refused the connection: {' '.join(str(error).split())}") from None
        self._pid = self._link.info.backend_pid

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        refuse_unsendable(sql, params)
        # prepared: the extended protocol takes one statement per message and refuses a second one after a `;`
        statement = with_driver_placeholders(sql, "%({})s") if params else sql
        try:
            with on_timeout(time_left(_STATEMENT_LIMIT_S), self._link.cancel_safe), self._link.cursor() as cursor:
                cursor.execute(statement, params or None, prepare=True)
                names = tuple([column.name for column in cursor.description or ()])
                rows = tuple(cursor.fetchall()) if names else ()
                return QueryResult(rows, names, max(cursor.rowcount, 0))
        except psycopg.Error as error:
            raise self._explained(error) from None

    def script(self, sql: str) -> None:
        refuse_unsendable(sql)
        with self._limited(), self.transaction():
            self._link.execute(sql)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        names = compose.SQL(", ").join(compose.Identifier(column) for column in columns)
        target = compose.SQL("COPY {} ({}) FROM STDIN").format(compose.Identifier(table), names)
        with self._limited(), self._link.cursor() as cursor:
            with cursor.copy(target) as copy:
                for row in rows:
                    copy.write_row(row)
            return max(cursor.rowcount, 0)

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> QueryResult | Rejected:
        result: QueryResult | Rejected = QueryResult((), (), 0)
        nested = self._link.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
        self.run("SAVEPOINT attempt" if nested else "BEGIN")
        try:
            for sql, params in steps:
                result = self.run(sql, params)
            if not nested:
                self.run("SET CONSTRAINTS ALL IMMEDIATE")
        except Rejected as refusal:
            result = refusal
        finally:
            if not self._link.closed:  # a lost connection was rolled back by the server
                self.run("ROLLBACK TO attempt" if nested else "ROLLBACK")
        return result

    @contextmanager
    def transaction(self, settings: Mapping[str, str] | None = None) -> Iterator[None]:
        self.run("BEGIN")
        try:
            for name, value in (settings or {}).items():
                self.run("SELECT set_config(:name, :value, true)", {"name": name, "value": value})
            yield
        except BaseException:
            with suppress(EngineError):  # the first error is the cause
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        # transaction-local: `attempt` rolls it back
        setting = f"SELECT set_config('enable_seqscan', '{'off' if few_rows else 'on'}', true)"
        options = "ANALYZE, BUFFERS, FORMAT JSON" if run else "FORMAT JSON"
        answer = self.attempt((setting, {}), (f"EXPLAIN ({options}) {sql}", params or {}))
        if isinstance(answer, Rejected):
            raise answer
        return plans.read(answer.scalar[0])

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        return self.explain(sql, params, run=True).buffers or 0

    def scans(self, table: str) -> tuple[int, int]:
        self.run("SELECT pg_stat_force_next_flush()")
        counts = "SELECT seq_scan, coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = :table"
        whole, indexed = self.run(counts, {"table": table}).rows[0]
        return int(whole), int(indexed)

    def analyze(self, table: str = "") -> None:
        target = compose.Identifier(table).as_string(self._link) if table else ""
        self.run(f"VACUUM ANALYZE {target}")

    def set_time_zone(self, zone: str) -> None:
        self.run("SELECT set_config('TimeZone', :zone, false)", {"zone": zone})

    def catalogue(self) -> Catalogue:
        return to_catalogue(read(self), normalise_expression)

    def close(self) -> None:
        self._link.close()

    @contextmanager
    def _limited(self) -> Iterator[None]:
        try:
            with on_timeout(time_left(_STATEMENT_LIMIT_S), self._link.cancel_safe):
                yield
        except psycopg.Error as error:
            raise self._explained(error) from None

    def _explained(self, error: psycopg.Error) -> EngineError:
        """Return the error of a statement; raise OverBudget if the time budget of the caller is used up."""
        if isinstance(error, psycopg.errors.QueryCanceled):
            out_of_time()
            return refusal(error)
        return self._ended(error) if self._link.closed else refusal(error)

    def _ended(self, error: psycopg.Error) -> EngineError:
        reason = self._guard.watchdog.reason(self._pid) if self._guard else ""
        return OverLimit(f"{reason}: the connection was terminated") if reason else _lost(error)


def _lost(error: psycopg.Error) -> EngineFailed:
    return EngineFailed(f"the connection to the server was lost ({' '.join(str(error).split())})")


def refusal(error: psycopg.Error) -> EngineError:
    state = error.sqlstate or ""
    if state.startswith(_BROKEN):
        return EngineFailed(f"the server failed: {error.diag.message_primary}")
    kind = _KINDS.get(state, "type" if state.startswith("22") else "missing" if state in _MISSING else "other")
    message = (error.diag.message_primary or str(error))[:_LONGEST_MESSAGE]
    if error.diag.message_detail and state.startswith("23"):
        message = f"{message}: {error.diag.message_detail[:_LONGEST_MESSAGE]}"
    where = _COPY_LINE.match(error.diag.context or "")
    if where:
        message = f"{message} (row {where[1]} of COPY)"
    # table.column for NOT NULL, as for SQLite: the error has no constraint name
    column = f"{error.diag.table_name}.{error.diag.column_name}" if kind == "not-null" else ""
    labelled = _LABELLED.match(message) if kind == "type" else None
    name = column or error.diag.constraint_name or (labelled[1] if labelled else "")
    return Rejected("syntax" if state == "42601" else kind, message, constraint=name)


_LABELLED = re.compile(r'invalid input value for enum "?(.+?)"?: ')
_LONGEST_MESSAGE = 2_000  # the server quotes a wrong value in full: removing secrets from 100 MB takes seconds
_COPY_LINE = re.compile(r"COPY .+?, line (\d+)")
_MISSING = frozenset({"42P01", "42703", "42704", "3F000", "42883"})
# connection, disk full, operator intervention, system error, internal error
_BROKEN = ("08", "53100", "57P", "58", "XX")
