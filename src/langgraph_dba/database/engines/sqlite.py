"""SQLite: every scratch database is one temporary file, and its only role owns it."""

import atexit
import hashlib
import math
import os
import platform
import re
import shutil
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from langgraph_dba.database.engines import sqlite_plan
from langgraph_dba.database.engines.base import Catalogue, Fill, Rejected, Result, Role, Traits, ViolationKind
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.private_folder import PrivateFolder
from langgraph_dba.database.engines.records import flat
from langgraph_dba.database.engines.sqlite_words import WORDS
from langgraph_dba.database.engines.time_limit import out_of_time, time_left
from langgraph_dba.database.engines.versions import Since, at
from langgraph_dba.database.engines.watchdog import Bounds, private_bytes
from langgraph_dba.errors import EngineError, EngineFailed, EngineUnavailable, OverLimit

TRAITS = Traits(
    name="sqlite",
    dialect="sqlite",
    title="SQLite",
    roles=False,
    row_level_security=False,
    exact_decimals=False,
    native_booleans=False,
    native_temporal=False,
    null_some_columns=False,
    include_columns=False,
    identity_columns=False,
    adds_constraints=False,
    transactional_ddl=True,
    bare_references=True,
    sessions_have_time_zones=False,
    zoned_instants=True,
    backslash_escapes=False,
    counts_index_scans=False,
    names_keys=False,
    counts_pages=False,
    measures_bloat=False,
    keeps=frozenset(
        {"order", "unique-indexes", "no-action", "partial-indexes", "expressions", "collations", "deferrable"}
    ),
    copies_databases=True,
    words=WORDS,
    nulls_not_distinct=False,
    table_options={"sqlite_strict": True},
    fallbacks={
        "row_level_security": "none: whoever opens the file sees every tenant; only references are kept within one",
        "exact_decimals": "decimals are stored as whole minor units in an INTEGER",
        "native_temporal": "instants are stored as UTC text, and a CHECK refuses any other form",
        "null_some_columns": "ON DELETE SET NULL over a composite key becomes RESTRICT",
        "include_columns": "included columns become trailing key columns",
    },
)
HISTORY = (
    Since("table_options", (3, 37), before={}, fallback="tables are not STRICT: a CHECK alone refuses a wrong type"),
    Since("returning", (3, 35), before=False),
)


def traits_of_version(version: str) -> Traits:
    """Return what a version can do."""
    return at(TRAITS, HISTORY, version)


_KINDS: dict[str, ViolationKind] = {
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_ROWID": "unique",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign-key",
    # SQLite says TRIGGER for a RESTRICT that its own foreign-key machinery enforces
    "SQLITE_CONSTRAINT_TRIGGER": "foreign-key",
    "SQLITE_CONSTRAINT_CHECK": "check",
    "SQLITE_CONSTRAINT_NOTNULL": "not-null",
    "SQLITE_CONSTRAINT_DATATYPE": "type",
    "SQLITE_MISMATCH": "type",
    "SQLITE_INTERRUPT": "time-limit",
}
_OPTIONS = (
    "ENABLE_FTS5", "ENABLE_RTREE", "ENABLE_STAT4", "ENABLE_DBSTAT_VTAB", "ENABLE_MATH_FUNCTIONS", "ENABLE_SESSION",
)  # fmt: skip
_BROKEN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_CANTOPEN")
_CHECK_NAME = re.compile(r"CHECK constraint failed: (\w+)")
_STATEMENT_LIMIT_S = 120.0
_TEMPLATES = 12
_STEPS_BETWEEN_LOOKS = 50_000  # about a millisecond: looking at the clock more often would cost more than it saves


# What holds for the whole process or lifts a bound of ours; PRAGMA reads of them are harmless and stay.
_NOT_TO_BE_SET = frozenset({
    "max_page_count", "hard_heap_limit", "soft_heap_limit", "temp_store_directory", "data_store_directory",
})  # fmt: skip
_LONGEST_VALUE = 256 * 1024**2
_LONGEST_PATTERN = 5_000


def _only_this_file(action: int, name: str | None, value: str | None, *_: object) -> int:
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    sets = action == sqlite3.SQLITE_PRAGMA and value is not None
    return sqlite3.SQLITE_DENY if sets and str(name).lower() in _NOT_TO_BE_SET else sqlite3.SQLITE_OK


class SqliteConnection:
    """One link to a database file, with foreign keys on."""

    def __init__(self, path: Path, bounds: Bounds = Bounds()) -> None:  # noqa: B008  frozen
        """Open the file for reading and writing."""
        self._path, self._bounds, self._memory, self._over = path, bounds, 0, False
        # autocommit: transactions are opened here and nowhere else
        self._link = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("foreign_keys=ON", "synchronous=OFF", "journal_mode=MEMORY", "temp_store=MEMORY"):
            self._link.execute(f"PRAGMA {pragma}").close()
        pages = bounds.disk_bytes // int(self._link.execute("PRAGMA page_size").fetchone()[0])
        self._link.execute(f"PRAGMA max_page_count={pages}").close()
        self._link.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        self._link.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)
        # a script is perhaps somebody else's: it has this one file, and no other
        self._link.set_authorizer(_only_this_file)
        self._steps = 0
        self._end = math.inf
        self._link.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        _refuse_zero_byte(sql)
        with self._limited():
            cursor = self._link.execute(sql, dict(params or {}))
            rows = tuple(cursor.fetchall())
        names = tuple(column[0] for column in cursor.description or ())
        touched = max(cursor.rowcount, 0)
        cursor.close()
        return Result(rows, names, touched)

    def script(self, sql: str) -> None:
        _refuse_zero_byte(sql)
        with self.transaction():
            for statement in _statements(sql):
                self.run(statement)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" for _ in columns)
        with self.transaction(), self._limited():
            cursor = self._link.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)
        return max(cursor.rowcount, 0)

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> Result | Rejected:
        result: Result | Rejected = Result((), (), 0)
        self._link.execute("SAVEPOINT attempt")
        try:
            for sql, params in steps:
                result = self.run(sql, params)
        except Rejected as refusal:
            result = refusal
        finally:
            if self._link.in_transaction:  # a full disk ends it before us
                self._link.execute("ROLLBACK TO attempt")
                self._link.execute("RELEASE attempt")
        return result

    @contextmanager
    def transaction(self, settings: Mapping[str, str] | None = None) -> Iterator[None]:
        if settings:
            raise EngineError("SQLite has no settings that last for a transaction")
        self._link.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._link.in_transaction:  # a script may have ended it itself
                self._link.execute("ROLLBACK")
            raise
        if self._link.in_transaction:
            self.run("COMMIT")

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        del few_rows  # a search is always preferred here
        steps = self.run(f"EXPLAIN QUERY PLAN {sql}", params).rows
        plan = sqlite_plan.read(steps, named_tables(sql, "sqlite"), self._key_of)
        if not run:
            return plan
        started = time.perf_counter()
        answer = self.attempt((sql, params or {}))
        if isinstance(answer, Rejected):
            raise answer
        took = 1000 * (time.perf_counter() - started)
        return replace(plan, actual_rows=float(len(answer.rows) or answer.touched), time_ms=took, loops=1)

    def _key_of(self, table: str) -> str:
        """The column that is a table's row number, `rowid` where none is; nothing for what is no table."""
        columns = self.run("SELECT name, type, pk FROM pragma_table_xinfo(:table)", {"table": table}).rows
        keys = [name for name, type_, key in columns if key and type_.upper() == "INTEGER"]
        return str(keys[0]) if len(keys) == 1 else "rowid" if columns else ""

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        self._steps = 0
        self._link.set_progress_handler(self._count, 1)
        try:
            result = self.attempt((sql, params or {}))
        finally:
            self._link.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)
        if isinstance(result, Rejected):
            raise result
        return self._steps

    def _count(self) -> int:
        self._steps += 1
        return 0

    @contextmanager
    def _limited(self) -> Iterator[None]:
        self._end = time.monotonic() + time_left(_STATEMENT_LIMIT_S)
        self._memory = private_bytes(os.getpid()) + self._bounds.memory_bytes
        self._over = False
        try:
            yield
        except sqlite3.Error as error:
            if self._over:
                raise OverLimit(f"over the limit of {self._bounds.memory_bytes:,} bytes of memory") from None
            if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" and self._is_at_its_size():
                raise OverLimit(f"over the limit of {self._bounds.disk_bytes:,} bytes of disk") from None
            out_of_time()
            raise _rejected(error) from None

    def _is_late(self) -> int:
        self._over = private_bytes(os.getpid()) > self._memory
        return int(self._over or time.monotonic() >= self._end)

    def _is_at_its_size(self) -> bool:
        """Whether the file may not grow, although the disk has room."""
        return shutil.disk_usage(self._path.parent).free > self._bounds.disk_bytes // 8

    def scans(self, table: str) -> tuple[int, int]:
        raise EngineError(f"SQLite does not count how {table} is read")

    def analyze(self, table: str = "") -> None:
        self.run(f"ANALYZE {table}")

    def set_time_zone(self, zone: str) -> None:
        raise EngineError(f"SQLite sessions have no time zone: {zone}")

    def catalogue(self) -> Catalogue:
        from langgraph_dba.database.engines.sqlite_catalogue import read, spelled

        return flat(read(self), spelled)

    def close(self) -> None:
        self._link.close()


class SqliteScratch:
    """One temporary database file."""

    def __init__(self, path: Path) -> None:
        """Remember where the file is."""
        self._path = path

    @contextmanager
    def connect(self, role: Role = "owner") -> Iterator[SqliteConnection]:
        if role == "app":
            raise EngineError("SQLite has no roles: whoever opens the file may do everything")
        connection = SqliteConnection(self._path)
        try:
            yield connection
        finally:
            connection.close()

    def url(self, role: Role = "owner") -> str:
        del role  # there is only one
        return f"sqlite:///{self._path}"


class SqliteEngine:
    """The SQLite that Python itself brings."""

    traits = traits_of_version(sqlite3.sqlite_version)
    origin = f"Python {platform.python_version()}"

    def version(self) -> str:
        """Return the library's version, such as `3.45.1`."""
        return sqlite3.sqlite_version

    def __init__(self) -> None:
        """Make nothing yet."""
        self._lock = threading.RLock()
        self._folder: PrivateFolder | None = None
        self._templates: OrderedDict[str, Path] = OrderedDict()

    def features(self) -> Mapping[str, str]:
        """Return the options that matter with which the library was compiled, and those it lacks."""
        link = sqlite3.connect(":memory:")
        options = {str(name) for (name,) in link.execute("PRAGMA compile_options")}
        link.close()
        there = [name for name in _OPTIONS if name in options]
        missing = [name for name in _OPTIONS if name not in options]
        return {"compiled with": ", ".join(there) or "none", "without": ", ".join(missing) or "none"}

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[SqliteScratch]:
        """Make a temporary file in which `ddl` was run, and remove it at the end."""
        del app_role
        folder = _folder()
        try:
            path = folder.path / "scratch.db"
            with self._lock:
                self._copy(self._template(ddl, fill), path)
            yield SqliteScratch(path)
        finally:
            folder.remove()

    def close(self) -> None:
        """Remove what was kept for the next scratch database."""
        with self._lock:
            if self._folder:
                self._folder.remove()
            self._folder = None
            self._templates.clear()

    @staticmethod
    def _copy(template: Path, path: Path) -> None:
        try:
            shutil.copyfile(template, path)
        except OSError as error:
            raise EngineFailed(f"SQLite cannot copy a database: {error}") from None

    def _template(self, ddl: str, fill: Fill | None) -> Path:
        key = hashlib.sha256("\0".join((ddl, fill.key if fill else "")).encode()).hexdigest()[:16]
        if key not in self._templates:
            if self._folder is None:
                self._folder = _folder()
                atexit.register(self.close)
            path = self._folder.path / f"{key}.db"
            path.unlink(missing_ok=True)  # what a refused script left
            with SqliteScratch(path).connect() as connection:
                connection.script(ddl)
                if fill:
                    fill.load(connection)
            self._templates[key] = path
            while len(self._templates) > _TEMPLATES:
                self._templates.popitem(last=False)[1].unlink()
        self._templates.move_to_end(key)
        return self._templates[key]


def _folder() -> PrivateFolder:
    try:
        return PrivateFolder("dba-sqlite-")
    except OSError as error:
        raise EngineUnavailable(f"SQLite finds no room for its file: {error}") from None


def _refuse_zero_byte(sql: str) -> None:
    if "\0" in sql:  # Python's driver says ValueError
        raise Rejected("syntax", "a statement holds a zero byte")


def _statements(script: str) -> Iterator[str]:
    """Cut a script where SQLite itself says a statement is complete: a `;` inside a trigger or a text is not an end."""
    pending = ""
    for piece in script.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip(" \t\r\n;"):
        yield pending


def _rejected(error: sqlite3.Error) -> EngineError:
    code, message = getattr(error, "sqlite_errorname", ""), str(error)
    if code.startswith(_BROKEN):
        return EngineFailed(f"SQLite cannot use its file: {message}")
    kind = _KINDS.get(code, "other")
    if kind == "other" and "no such" in message:
        kind = "missing"
    elif kind == "other" and "syntax error" in message:
        kind = "syntax"
    named = _CHECK_NAME.search(message)
    return Rejected(kind, message, constraint=named.group(1) if named else _columns_named(message))


def _columns_named(message: str) -> str:
    """`UNIQUE constraint failed: tasks.tenant_id, tasks.code` names columns, not the constraint."""
    _, _, columns = message.partition("constraint failed: ")
    return columns.strip()
