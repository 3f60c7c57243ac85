"""A connection to an SQLite file, and the mapping of its errors."""

import math
import operator
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph_dba.cancellation import check_cancelled, is_cancelled
from langgraph_dba.database.engines.base import Catalogue, QueryResult, Rejected, ViolationKind
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.records import to_catalogue
from langgraph_dba.database.engines.servers.private_folder import disk_limit_bytes
from langgraph_dba.database.engines.servers.watchdog import Bounds, private_bytes
from langgraph_dba.database.engines.sqlite import plan as plans
from langgraph_dba.database.engines.sqlite.catalogue import normalise_expression, read
from langgraph_dba.database.engines.time_limit import budget_end, out_of_time, time_left
from langgraph_dba.database.engines.unsendable import refuse_unsendable
from langgraph_dba.errors import EngineError, EngineFailed, OverLimit

_KINDS: dict[str, ViolationKind] = {
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_ROWID": "unique",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign-key",
    # SQLite reports TRIGGER if its foreign-key enforcement rejects a RESTRICT
    "SQLITE_CONSTRAINT_TRIGGER": "foreign-key",
    "SQLITE_CONSTRAINT_CHECK": "check",
    "SQLITE_CONSTRAINT_NOTNULL": "not-null",
    "SQLITE_CONSTRAINT_DATATYPE": "type",
    "SQLITE_MISMATCH": "type",
    "SQLITE_INTERRUPT": "time-limit",
}
_BROKEN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_CANTOPEN")
_STATEMENT_LIMIT_S = 120.0
_STEPS_BETWEEN_CHECKS = 50_000  # about a millisecond: reading the clock more often would slow statements down


# PRAGMAs that change the whole process or raise one of our limits: reading them is allowed, setting them is not.
_READ_ONLY_PRAGMAS = frozenset({
    "max_page_count", "hard_heap_limit", "soft_heap_limit", "temp_store_directory", "data_store_directory",
})  # fmt: skip
_NAME_OF = operator.itemgetter(0)
_LONGEST_VALUE = 256 * 1024**2
_LONGEST_PATTERN = 5_000


def _only_this_file(action: int, name: str | None, value: str | None, *_: object) -> int:
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    sets = action == sqlite3.SQLITE_PRAGMA and value is not None
    return sqlite3.SQLITE_DENY if sets and str(name).lower() in _READ_ONLY_PRAGMAS else sqlite3.SQLITE_OK


class SqliteConnection:
    """A connection to a database file with enforced foreign keys."""

    def __init__(self, path: Path, bounds: Bounds = Bounds()) -> None:  # noqa: B008  frozen
        """Open the file for reading and writing."""
        check_cancelled()
        self._path, self._bounds, self._memory = path, bounds, 0
        self._limits_set = self._over = False
        self._disk_bytes = disk_limit_bytes(path, bounds.disk_bytes)
        # autocommit: without it Python's driver opens transactions implicitly before INSERT, UPDATE and DELETE
        self._link = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("foreign_keys=ON", "synchronous=OFF", "journal_mode=MEMORY", "temp_store=MEMORY"):
            self._link.execute(f"PRAGMA {pragma}").close()
        pages = self._disk_bytes // int(self._link.execute("PRAGMA page_size").fetchone()[0])
        self._link.execute(f"PRAGMA max_page_count={pages}").close()
        self._link.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        self._link.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)
        # a script may be foreign SQL: ATTACH would create or open other files
        self._link.set_authorizer(_only_this_file)
        self._steps = 0
        self._end = math.inf
        self._link.set_progress_handler(self._is_late, _STEPS_BETWEEN_CHECKS)

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> QueryResult:
        # A trivial statement takes 1.2 µs: each further call adds 5 %, a comprehension 20 %.
        self._limits_set = False
        if budget_end() is not None:
            out_of_time()
        try:
            cursor = self._link.execute(sql, params or ())
            rows = tuple(cursor.fetchall())
        except sqlite3.Error as error:
            raise self._explained(error) from None
        except (ValueError, TypeError, OverflowError) as error:
            refuse_unsendable(sql, params)
            _refuse_zero_byte(sql)
            if isinstance(error, OverflowError):
                raise Rejected("type", f"a parameter has more than 64 bits: {error}") from None
            raise
        names = tuple(map(_NAME_OF, cursor.description or ()))
        affected_rows = cursor.rowcount
        return QueryResult(rows, names, max(0, affected_rows))

    def script(self, sql: str) -> None:
        refuse_unsendable(sql)
        _refuse_zero_byte(sql)
        with self.transaction():
            is_nested = False
            for statement in _statements(sql):
                verb = _transaction_verb(statement)
                if not verb or (verb == "BEGIN" and is_nested):  # SQLite itself refuses the second BEGIN
                    self.run(statement)
                elif is_nested or verb == "BEGIN":
                    self._run_nested(verb)
                    is_nested = verb == "BEGIN"

    def _run_nested(self, verb: str) -> None:
        """Run a transaction of a script as a savepoint, so that a later failure undoes it too."""
        if verb == "ROLLBACK":
            self.run(f"ROLLBACK TO {_SCRIPT}")
        self.run(f"SAVEPOINT {_SCRIPT}" if verb == "BEGIN" else f"RELEASE {_SCRIPT}")

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        names, values = ", ".join(map(_quoted, columns)), ", ".join("?" for _ in columns)
        with self.transaction(), self._limited():
            cursor = self._link.executemany(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({values})", rows)
        return max(cursor.rowcount, 0)

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> QueryResult | Rejected:
        result: QueryResult | Rejected = QueryResult((), (), 0)
        self._link.execute("SAVEPOINT attempt")
        try:
            for sql, params in steps:
                result = self.run(sql, params)
        except Rejected as refusal:
            result = refusal
        finally:
            if self._link.in_transaction:  # SQLite rolls back by itself if the disk is full
                self._link.execute("ROLLBACK TO attempt")
                self._link.execute("RELEASE attempt")
        return result

    @contextmanager
    def transaction(self, settings: Mapping[str, str] | None = None) -> Iterator[None]:
        if settings:
            raise EngineError("SQLite has no transaction-local settings")
        self._link.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._link.in_transaction:  # a script may contain COMMIT or ROLLBACK
                self._link.execute("ROLLBACK")
            raise
        if self._link.in_transaction:
            self.run("COMMIT")

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        del few_rows  # SQLite prefers a usable index whatever the size of the table
        steps = self.run(f"EXPLAIN QUERY PLAN {sql}", params).rows
        plan = plans.read(steps, named_tables(sql, "sqlite"), self._key_of)
        return plans.with_measurement(plan, lambda: self._rows_of(sql, params or {})) if run else plan

    def _rows_of(self, sql: str, params: Mapping[str, Any]) -> int:
        answer = self.attempt((sql, params))
        if isinstance(answer, Rejected):
            raise answer
        return len(answer.rows) or answer.affected_rows

    def _key_of(self, table: str) -> str:
        return plans.row_number(self.run(plans.KEYS, {"table": table}).rows)

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        self._steps = 0
        self._link.set_progress_handler(self._count, 1)
        try:
            result = self.attempt((sql, params or {}))
        finally:
            self._link.set_progress_handler(self._is_late, _STEPS_BETWEEN_CHECKS)
        if isinstance(result, Rejected):
            raise result
        return self._steps

    def _count(self) -> int:
        self._steps += 1
        return 0

    @contextmanager
    def _limited(self) -> Iterator[None]:
        out_of_time()
        self._limits_set = False
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from None

    def _set_limits(self) -> None:
        # by the first call of the progress handler: most statements end before it
        now = time.monotonic()
        self._end = now + time_left(_STATEMENT_LIMIT_S)
        self._memory = _memory_in_use(now) + self._bounds.memory_bytes
        self._limits_set = True

    def _explained(self, error: sqlite3.Error) -> EngineError:
        """Return the error of a statement; raise OverBudget if the time budget of the caller is used up."""
        if self._limits_set and self._over:
            return OverLimit(f"over the limit of {self._bounds.memory_bytes:,} bytes of memory")
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" and self._reached_disk_limit():
            return OverLimit(f"over the limit of {self._disk_bytes:,} bytes of disk")
        out_of_time()
        return refusal(error)

    def _is_late(self) -> int:
        if not self._limits_set:
            self._set_limits()
        self._over = private_bytes(os.getpid()) > self._memory
        return int(self._over or time.monotonic() >= self._end or is_cancelled())

    def _reached_disk_limit(self) -> bool:
        # SQLITE_FULL has two causes: our max_page_count, or a full disk
        return shutil.disk_usage(self._path.parent).free > self._disk_bytes // 8

    def scans(self, table: str) -> tuple[int, int]:
        raise EngineError(f"SQLite does not count scans of {table}")

    def analyze(self, table: str = "") -> None:
        self.run(f"ANALYZE {_quoted(table)}" if table else "ANALYZE")

    def set_time_zone(self, zone: str) -> None:
        raise EngineError(f"SQLite sessions have no time zone: cannot set {zone}")

    def catalogue(self) -> Catalogue:
        return to_catalogue(read(self), normalise_expression)

    def close(self) -> None:
        self._link.close()


_MEMORY_AGE_S = 0.1  # reading /proc takes longer than a short statement
_last_memory = (-math.inf, 0)  # (time of the measurement, bytes of this process)


def _memory_in_use(now: float) -> int:
    """Return the private memory of this process in bytes, measured at most 0.1 s ago."""
    global _last_memory  # noqa: PLW0603  a cache for all connections; a lost update costs one more measurement
    if now - _last_memory[0] > _MEMORY_AGE_S:
        _last_memory = (now, private_bytes(os.getpid()))
    return _last_memory[1]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refuse_zero_byte(sql: str) -> None:
    if "\0" in sql:  # Python's driver raises ValueError for it
        raise Rejected("syntax", "a statement contains a zero byte")


def _statements(script: str) -> Iterator[str]:
    """Split a script where SQLite reports a complete statement: not at a `;` inside a trigger or a literal."""
    pending = ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip(" \t\r\n;"):
        yield pending


_SCRIPT = "script_transaction"
_TRANSACTION = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*"  # comments; without two ways to match one: `.*?` would be slow
    r"(?:(BEGIN)(?:\s+(?:DEFERRED|IMMEDIATE|EXCLUSIVE))?|(COMMIT|END)|(ROLLBACK))"
    r"(?:\s+TRANSACTION)?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


def _transaction_verb(statement: str) -> str:
    """Return BEGIN, COMMIT or ROLLBACK if the statement begins or ends a transaction, else an empty text."""
    match = _TRANSACTION.fullmatch(statement)
    if match is None:
        return ""
    return "BEGIN" if match[1] else "COMMIT" if match[2] else "ROLLBACK"


def refusal(error: sqlite3.Error) -> EngineError:
    code, message = getattr(error, "sqlite_errorname", ""), str(error)
    if code.startswith(_BROKEN):
        return EngineFailed(f"SQLite cannot use its file: {message}")
    kind = _KINDS.get(code, "other")
    if code == "SQLITE_CONSTRAINT_TRIGGER" and message != "FOREIGN KEY constraint failed":
        kind = "trigger"  # RAISE in a trigger of the schema
    if kind == "other" and "no such" in message:
        kind = "missing"
    elif kind == "other" and "syntax error" in message:
        kind = "syntax"
    return Rejected(kind, message, constraint=_violated_constraint(message))


def _violated_constraint(message: str) -> str:
    # a CHECK without a name is reported by its condition, a unique key by its columns: `tasks.tenant_id, tasks.code`
    _, _, constraint = message.partition("constraint failed: ")
    return constraint.strip()
