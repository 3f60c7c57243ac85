"""Read an SQLite file in a separate process: `python -I -S worker.py FILE`. Uses only the standard library.

Requests and answers are marshalled values, each preceded by its length. The rows of a result are sent in pieces, so
that neither side has more than one piece and one row besides the result. While a statement runs, the process cannot
write to any file except to a copy of its own, and a kernel timer ends it if the statement does not end in time. The
process is separate because closing a file releases all locks that a process holds on it, also those of other
connections of the caller to the same database.
"""

import contextlib
import marshal
import os
import re
import resource
import shutil
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

Answer = dict[str, Any]
Send = Callable[[Answer], None]
_STEPS = 2_000
_PIECE_ROWS, _PIECE_BYTES = 500, 256 * 1024
_GRACE_S = 0.3  # after the time limit, until the kernel ends a step of SQLite that does not return
# Actions that are always allowed; the authorizer denies all others unless `_allow` lists them.
_READ_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_FUNCTIONS = frozenset({
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "bm25", "ceil", "ceiling", "changes",
    "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist", "current_date", "current_time",
    "current_timestamp", "date", "datetime", "degrees", "dense_rank", "exp", "first_value", "floor", "format",
    "fts5_source_id", "geopoly_area", "geopoly_blob", "geopoly_json", "geopoly_overlap", "geopoly_within", "glob",
    "group_concat", "hex", "highlight", "if", "ifnull", "iif", "instr", "julianday", "lag", "last_insert_rowid",
    "last_value", "lead", "length", "like", "likelihood", "likely", "ln", "log", "log10", "log2", "lower", "ltrim",
    "match", "matchinfo", "max", "median", "min", "mod", "nth_value", "ntile", "nullif", "octet_length", "offsets",
    "percent_rank", "percentile", "percentile_cont", "percentile_disc", "pi", "pow", "power", "printf", "quote",
    "radians", "random", "randomblob", "rank", "replace", "round", "row_number", "rtreecheck", "rtreedepth", "rtrim",
    "sign", "sin", "sinh", "snippet", "soundex", "sqlite_source_id", "sqlite_version", "sqrt", "strftime",
    "string_agg", "substr", "substring", "subtype", "sum", "tan", "tanh", "time", "timediff", "total",
    "total_changes", "trim", "trunc", "typeof", "unhex", "unicode", "unistr", "unistr_quote", "unixepoch", "unlikely",
    "upper", "zeroblob", "->", "->>",
})  # fmt: skip
# SQLite requests UPDATE on these to open a virtual table, although it writes nothing: the file is open read-only.
_DECLARED = ("sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema")
_TREE_PARTS = ("_node", "_rowid", "_parent")
# PRAGMAs that only show something: without a value, and with the name of an object as value.
PRAGMAS = frozenset({
    "application_id", "auto_vacuum", "cache_size", "collation_list", "compile_options", "data_version",
    "database_list", "encoding", "foreign_keys", "freelist_count", "function_list", "journal_mode", "module_list",
    "page_count", "page_size", "pragma_list", "query_only", "recursive_triggers", "schema_version", "synchronous",
    "user_version",
})  # fmt: skip
PRAGMAS_OF = frozenset({
    "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo", "integrity_check",
    "quick_check", "table_info", "table_list", "table_xinfo",
})  # fmt: skip


def _is_of_virtual_table(action: int, table: str, trees: frozenset[str]) -> bool:
    if action == sqlite3.SQLITE_UPDATE:
        return table in _DECLARED
    return action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE) and table in trees


def _allow(trees: frozenset[str], action: int, first: str | None, second: str | None, *_: object) -> int:
    if action in _READ_ACTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        name = (second or "").lower()
        # some builds have regexp(); all functions of JSON only compute
        allowed = name in _FUNCTIONS or name == "regexp" or re.fullmatch("jsonb?(_[a-z]+)*", name)
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:
        name = (first or "").lower()
        shows = name in PRAGMAS_OF or (name in PRAGMAS and not second)
        return sqlite3.SQLITE_OK if shows else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if _is_of_virtual_table(action, first or "", trees) else sqlite3.SQLITE_DENY


class File:
    """A user's database file and the files beside it: write-ahead log (`-wal`), its index (`-shm`), journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._copied: tuple[object, ...] = ()

    def beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def state(self) -> tuple[object, ...]:
        """Return inode, size and time of the files: they change with every write, and not by reading."""
        state: list[object] = []
        for path in (self.path, self.beside("-wal"), self.beside("-journal")):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                state.append((path.name, stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(state)

    def uri(self) -> tuple[str, bool]:
        """Return the URI to open, and whether the file must not change meanwhile (`immutable`: no lock, no log)."""
        log, index, journal = self.beside("-wal"), self.beside("-shm"), self.beside("-journal")
        logged = log.exists() and log.stat().st_size > 0
        if log.exists() and index.exists():
            # another process has it open or crashed with it open: readonly_shm reads the index and never writes it
            return _uri(self.path, "mode=ro&readonly_shm=1"), False
        if logged or (journal.exists() and journal.stat().st_size > 0):
            return _uri(self._copied_to(), "mode=rw"), False  # opening recovers the log, which writes: use a copy
        if self._writes_a_log():
            return _uri(self.path, "mode=ro&immutable=1"), True  # opening it normally would create a log and an index
        return _uri(self.path, "mode=ro"), False

    def _writes_a_log(self) -> bool:
        # with nolock=1 SQLite cannot open a file in WAL mode, but any other
        link = sqlite3.connect(_uri(self.path, "mode=ro&nolock=1"), uri=True)
        try:
            link.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_CANTOPEN":
                return True
            raise
        finally:
            link.close()
        return False

    def _copied_to(self) -> Path:
        for _ in range(5):
            before = self.state()
            if self._copy and self._copied == before:
                break
            self.forget()
            self._copy = tempfile.TemporaryDirectory(prefix="copy-")
            for path in (self.path, self.beside("-wal"), self.beside("-journal")):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(path, Path(self._copy.name) / path.name)
            self._copied = before
            if self.state() == before:
                break
        else:
            raise sqlite3.OperationalError("the file kept changing while it was copied")
        assert self._copy is not None
        return Path(self._copy.name) / self.path.name

    def forget(self) -> None:
        if self._copy:
            self._copy.cleanup()
        self._copy, self._copied = None, ()


def _uri(path: Path, options: str) -> str:
    return f"{path.resolve().as_uri()}?{options}"


class StatementRun:
    """One statement on a connection of its own, so that none of its settings outlives it."""

    def __init__(self, uri: str, request: dict[str, Any], send: Send) -> None:
        self._request, self._send = request, send
        self._deadline = time.monotonic() + request["time_s"]
        self._memory = _resident_bytes() + request["memory_bytes"]
        self._over = ""
        self._link = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=request["lock_wait_s"])
        self._link.text_factory = _text
        for setting in ("trusted_schema=OFF", "query_only=ON", "temp_store=MEMORY", "cell_size_check=ON"):
            self._link.execute(f"PRAGMA {setting}").close()
        for limit, value in (
            (sqlite3.SQLITE_LIMIT_LENGTH, request["size_bytes"]),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
            (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        ):
            self._link.setlimit(limit, value)
        self._link.set_authorizer(partial(_allow, self._trees()))
        self._link.set_progress_handler(self._too_much, _STEPS)

    def run(self) -> Answer:
        """Send the rows in pieces; return how the statement ended."""
        try:
            return self._rows()
        except OverflowError:
            return {"error": "a whole number of more than 64 bits", "name": "SQLITE_MISMATCH"}
        except sqlite3.Error as error:
            if self._over:
                return {"over": self._over}
            return {"error": str(error), "name": getattr(error, "sqlite_errorname", "")}
        except MemoryError:
            return {"over": "memory"}
        finally:
            self._link.close()

    def _trees(self) -> frozenset[str]:
        """Return the tables that store the nodes of R-trees."""
        # opening an R-tree prepares statements that would write to them, although a SELECT runs none of them
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING%{}%'"
        names = [name for kind in ("rtree", "geopoly") for (name,) in self._link.execute(query.format(kind))]
        return frozenset(name + part for name in names for part in _TREE_PARTS)

    def _rows(self) -> Answer:
        cursor = self._link.execute(self._request["sql"], self._request["params"])
        rows: list[tuple[Any, ...]] = []
        size = 0
        for row in cursor:
            rows.append(row)
            size += sum([len(value) if isinstance(value, str | bytes) else 8 for value in row])
            if len(rows) >= _PIECE_ROWS or size >= _PIECE_BYTES:
                self._send({"rows": rows})
                rows, size = [], 0
        return {"rows": rows, "columns": [column[0] for column in cursor.description or ()]}

    def _too_much(self) -> int:
        if time.monotonic() > self._deadline:
            self._over = "time"
        elif _resident_bytes() > self._memory:
            self._over = "memory"
        return int(bool(self._over))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


@contextlib.contextmanager
def _memory(bytes_more: int) -> Iterator[None]:
    """Let the kernel refuse memory beyond that: SQLite checks its own use only between steps."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = _address_space() + bytes_more
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _address_space() -> int:
    try:
        with Path("/proc/self/statm").open("rb") as numbers:
            return int(numbers.read().split()[0]) * resource.getpagesize()
    except OSError:  # without /proc
        return 1 << 40


@contextlib.contextmanager
def _writing(*, allowed: bool) -> Iterator[None]:
    # with RLIMIT_FSIZE 0 the kernel refuses every write of this process to a file
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if allowed else 0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def _resident_bytes() -> int:
    try:
        with Path("/proc/self/statm").open("rb") as numbers:
            return int(numbers.read().split()[1]) * resource.getpagesize()
    except OSError:  # without /proc: the maximum so far, in bytes on macOS and in kilobytes elsewhere
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


def answer(file: File, request: dict[str, Any], send: Send) -> Answer:
    """Run one statement; retry if an `immutable` file changed meanwhile, three attempts in all.

    The rows are sent in pieces; `again` drops those of an attempt. The last answer has `columns`, `over` or `error`.
    """
    for _ in range(3):
        before = file.state()
        try:
            uri, still = file.uri()
            with _writing(allowed="mode=rw" in uri), _memory(request["memory_bytes"]):
                result = StatementRun(uri, request, send).run()
        except (sqlite3.Error, OSError) as error:
            return {"error": str(error), "name": getattr(error, "sqlite_errorname", "")}
        if not still or file.state() == before:
            return result
        send({"again": True})
    return {"error": "the file kept changing while it was read", "name": "SQLITE_BUSY"}


def serve(file: File, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the parent closes the pipe."""

    def send(message: Answer) -> None:
        body = marshal.dumps(message)
        sink.write(struct.pack("<I", len(body)) + body)
        sink.flush()

    while head := source.read(4):
        request = marshal.loads(source.read(*struct.unpack("<I", head)))  # noqa: S302  sent by our parent process
        # the progress handler does not run within one long step of SQLite: then this timer ends the process
        signal.setitimer(signal.ITIMER_REAL, request["time_s"] + _GRACE_S)
        last = answer(file, request, send)
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(last)


if __name__ == "__main__":
    os.umask(0o077)
    try:
        serve(File(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
    finally:
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # the parent created it for this process
