"""Read an SQLite file in a separate process: `python -I -S worker.py FILE`. Uses only the standard library.

Requests and answers are marshalled values, each preceded by its length. The rows of a result are sent in pieces, so
that the reading process has no more than two pieces, or one row, besides the result. The process cannot write to any
file except to a copy of its own, and a kernel timer ends it if a statement does not end in time. It is separate
because closing a file releases all locks that a process holds on it, also those of other connections of the caller.
"""

import contextlib
import marshal
import os
import re
import resource
import select
import shutil
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

Answer = dict[str, Any]
Send = Callable[[bytes], None]
State = tuple[tuple[str, int, int, int], ...]  # suffix, inode, size and time of each file
_AGAIN = marshal.dumps({"again": True})
_SUFFIXES = ("", "-wal", "-journal")
_STEPS = 2_000
_PIECE_BYTES = 256 * 1024  # about; at most twice as many, or one row
_FIRST_ROWS, _MORE_ROWS, _MOST_ROWS = 8, 8, 2_000  # read at once: the first, how many times more each time, the most
_SETTLED_NS = 100_000_000  # age of a file's time from which on a later change gives another time
_PAGE_BYTES = resource.getpagesize()
_NO_TEXT = "Could not decode to UTF-8"
_AWAKE_S = 0.0002 if (os.cpu_count() or 1) > 1 else 0.0
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


def _allow(trees: frozenset[str], action: int, first: str | None, second: str | None) -> int:
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
        self._names = tuple((suffix, f"{path}{suffix}") for suffix in _SUFFIXES)
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._copied: State = ()
        self._kept: ReadConnection | None = None
        self._kept_state: State = ()

    def beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def state(self) -> State:
        """Return inode, size and time of the files: they change with every write, and not by reading."""
        state = []
        for suffix, path in self._names:  # texts: a Path takes five times as long, and an exception twice
            try:
                if os.access(path, os.F_OK):
                    stat = os.stat(path)  # noqa: PTH116
                    state.append((suffix, stat.st_ino, stat.st_size, stat.st_mtime_ns))
            except FileNotFoundError:
                continue
        return tuple(state)

    def take(self, state: State, lock_wait_s: float) -> "ReadConnection | None":
        """Return the connection of the last statement if no file has changed since."""
        kept, self._kept = self._kept, None
        if kept and (self._kept_state, kept.lock_wait_s) != (state, lock_wait_s):
            kept.close()
            return None
        return kept

    def put(self, connection: "ReadConnection", state: State) -> None:
        """Keep the connection of a statement for the next one if nothing of the statement can remain in it.

        Not in WAL mode: the owner's last connection could not remove the log. Not if the file has changed just now: a
        change within the same tick of the clock would be missed.
        """
        settled = time.time_ns() - _SETTLED_NS
        is_still = all(suffix != "-wal" and changed_ns < settled for suffix, _, _, changed_ns in state)
        if is_still and connection.is_clean and "mode=ro" in connection.uri:
            self._kept, self._kept_state = connection, state
        else:
            connection.close()

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
            with _writing():
                for path in map(self.beside, _SUFFIXES):
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


class ReadConnection:
    """A connection that can only read; `is_clean` if no statement has failed on it or used a PRAGMA."""

    def __init__(self, uri: str, lock_wait_s: float, *, still: bool) -> None:
        self.uri, self.lock_wait_s, self.still, self.is_clean = uri, lock_wait_s, still, True
        self._deadline = self._memory = 0.0
        self._over = ""
        self._link = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=lock_wait_s)
        for setting in ("trusted_schema=OFF", "query_only=ON", "temp_store=MEMORY", "cell_size_check=ON"):
            self._link.execute(f"PRAGMA {setting}").close()
        for limit, value in (
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
            (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        ):
            self._link.setlimit(limit, value)
        self._trees = frozenset(self._tables_of_trees())
        self._link.set_authorizer(self._authorize)
        self._link.set_progress_handler(self._too_much, _STEPS)

    def close(self) -> None:
        self._link.close()

    def run(self, request: dict[str, Any], send: Send) -> Answer:
        """Run one statement, send its rows in pieces, and return how it ended."""
        self._deadline = time.monotonic() + request["time_s"]
        self._memory = _memory_bytes()[1] + request["memory_bytes"]
        self._link.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, request["size_bytes"])
        last = self._rows(request, send)
        self.is_clean = self.is_clean and "columns" in last
        return last

    def _tables_of_trees(self) -> Iterator[str]:
        """Yield the tables that store the nodes of R-trees."""
        # opening an R-tree prepares statements that would write to them, although a SELECT runs none of them
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING%{}%'"
        for kind in ("rtree", "geopoly"):
            yield from (name + part for (name,) in self._link.execute(query.format(kind)) for part in _TREE_PARTS)

    def _authorize(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_PRAGMA:
            self.is_clean = False
        return _allow(self._trees, action, first, second)

    def _rows(self, request: dict[str, Any], send: Send, most_rows: int = _MOST_ROWS) -> Answer:
        self._over, reading = "", _Reading(self._link.cursor(), send, most_rows)
        try:
            return reading.all_rows(request["sql"], request["params"])
        except OverflowError:
            return {"error": "a whole number of more than 64 bits", "name": "SQLITE_MISMATCH"}
        except sqlite3.Error as error:
            is_no_text = str(error).startswith(_NO_TEXT) and self._link.text_factory is str
            if not self._over and not is_no_text:
                return {"error": str(error), "name": getattr(error, "sqlite_errorname", "")}
        except MemoryError:
            is_no_text, self._over = False, "memory"
        finally:
            reading.cursor.close()
        if is_no_text:
            self._link.text_factory = _text  # takes twice as long
        elif self._over == "memory" and reading.rows_at_once > 1:
            most_rows = 1  # a row may be much larger than all before
        else:
            return {"over": self._over}
        send(_AGAIN)
        return self._rows(request, send, most_rows)

    def _too_much(self) -> int:
        if time.monotonic() > self._deadline:
            self._over = "time"
        elif _memory_bytes()[1] > self._memory:
            self._over = "memory"
        return int(bool(self._over))


class _Reading:
    """Sends the rows of one cursor; `rows_at_once` is how many it asks for, so that a piece has the right size."""

    def __init__(self, cursor: sqlite3.Cursor, send: Send, most_rows: int) -> None:
        self.cursor, self._send, self._most = cursor, send, most_rows
        self.rows_at_once = 1  # it may be as large as the limit

    def all_rows(self, sql: str, params: dict[str, Any]) -> Answer:
        rows = self.cursor.execute(sql, params).fetchmany(1)
        self.rows_at_once = min(_FIRST_ROWS, self._most)
        while rows:
            rows += self.cursor.fetchmany(self.rows_at_once)
            size = self._send_rows(rows)
            if len(rows) <= self.rows_at_once:
                break
            fitting = _PIECE_BYTES * len(rows) // size
            self.rows_at_once = max(min(fitting, self.rows_at_once * _MORE_ROWS, self._most), 1)
            rows = self.cursor.fetchmany(1)
        return {"columns": [column[0] for column in self.cursor.description or ()]}

    def _send_rows(self, rows: list[tuple[Any, ...]]) -> int:
        """Send rows, as several pieces if they are larger than expected, and return their size in bytes."""
        body, middle = marshal.dumps({"rows": rows}), len(rows) // 2
        if middle == 0 or len(body) <= 2 * _PIECE_BYTES:
            self._send(body)
            return len(body)
        del body
        return self._send_rows(rows[:middle]) + self._send_rows(rows[middle:])


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


@contextlib.contextmanager
def _memory(bytes_more: int) -> Iterator[None]:
    """Let the kernel refuse memory beyond that: SQLite checks its own use only between steps."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = _memory_bytes()[0] + bytes_more
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _refuse_writing() -> None:
    """Let the kernel refuse every write of this process to a file, except while `_writing`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        yield
    finally:
        _refuse_writing()


def _memory_bytes() -> tuple[int, int]:
    """Return the address space and the resident memory of this process."""
    if (numbers := _statm()) >= 0:
        total, resident = os.pread(numbers, 100, 0).split()[:2]
        return int(total) * _PAGE_BYTES, int(resident) * _PAGE_BYTES
    # without /proc: the maximum so far, in bytes on macOS and in kilobytes elsewhere
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 1 << 40, used if sys.platform == "darwin" else used * 1024


@cache
def _statm() -> int:
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return -1


def answer(file: File, request: dict[str, Any], send: Send) -> Answer:
    """Run one statement; retry if an `immutable` file changed meanwhile, three attempts in all.

    The rows are sent in pieces; `again` drops those of an attempt. The last answer has `columns`, `over` or `error`.
    """
    for _ in range(3):
        before = file.state()
        try:
            kept = file.take(before, request["lock_wait_s"])
            uri, still = (kept.uri, kept.still) if kept else file.uri()
            with _memory(request["memory_bytes"]), _writing() if "mode=rw" in uri else contextlib.nullcontext():
                connection = kept or ReadConnection(uri, request["lock_wait_s"], still=still)
                result = connection.run(request, send)
                file.put(connection, before)
        except (sqlite3.Error, OSError) as error:
            return {"error": str(error), "name": getattr(error, "sqlite_errorname", "")}
        if not still or file.state() == before:
            return result
        send(_AGAIN)
    return {"error": "the file kept changing while it was read", "name": "SQLITE_BUSY"}


def serve(file: File, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the parent closes the pipe."""

    def send(body: bytes) -> None:
        try:
            sink.write(struct.pack("<I", len(body)))  # buffered
            sink.write(body)
        except MemoryError:
            os._exit(1)  # a part may have been sent

    requests = select.poll()
    requests.register(source, select.POLLIN)
    while head := source.read(4):
        request = marshal.loads(source.read(*struct.unpack("<I", head)))  # noqa: S302  sent by our parent process
        # the progress handler does not run within one long step of SQLite: then this timer ends the process
        signal.setitimer(signal.ITIMER_REAL, request["time_s"] + _GRACE_S)
        last = answer(file, request, send)
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(marshal.dumps(last))
        sink.flush()
        _stay_awake(requests)


def _stay_awake(requests: select.poll) -> None:
    """Return when there is a request or after a moment: waking this process can take longer than a statement."""
    until = time.perf_counter() + _AWAKE_S
    while time.perf_counter() < until and not requests.poll(0):
        pass


if __name__ == "__main__":
    os.umask(0o077)
    folder = tempfile.gettempdir()  # tries to write, once
    _refuse_writing()
    try:
        serve(File(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # the parent created it for this process
