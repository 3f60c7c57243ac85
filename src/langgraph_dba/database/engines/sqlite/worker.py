"""Read an SQLite file in a process of its own: `python -I -S worker.py FILE`. Standard library only.

The parent sends requests and gets answers as marshalled values, each behind its length. While it runs a
statement, this process may not write a byte to any file but a copy of its own; it ends by the kernel's clock if the
statement does not; and it shares no lock or handle with anybody: closing a file drops a process's locks on it, so
nothing but a process of one's own may even look into somebody's database.
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
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

Answer = dict[str, Any]
_STEPS = 2_000
# What a statement may touch; anything else that SQLite asks about is denied.
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
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
# To open a virtual table SQLite asks for these, although it writes nothing: the file is open for reading only.
_DECLARED = ("sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema")
_TREE_PARTS = ("_node", "_rowid", "_parent")
# Pragmas that show and take no value, and those that take the name of what they show.
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


def _asked_by_a_virtual_table(action: int, table: str, trees: frozenset[str]) -> bool:
    if action == sqlite3.SQLITE_UPDATE:
        return table in _DECLARED
    return action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE) and table in trees


def _allow(trees: frozenset[str], action: int, first: str | None, second: str | None, *_: object) -> int:
    if action in _READING:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        name = (second or "").lower()
        # regular expressions come with some builds; JSON's functions are many, and all of them compute
        known = name in _FUNCTIONS or name == "regexp" or re.fullmatch("jsonb?(_[a-z]+)*", name)
        return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:
        name = (first or "").lower()
        shows = name in PRAGMAS_OF or (name in PRAGMAS and not second)
        return sqlite3.SQLITE_OK if shows else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if _asked_by_a_virtual_table(action, first or "", trees) else sqlite3.SQLITE_DENY


class File:
    """Somebody's database file, with what may lie beside it: a log (`-wal`), its index (`-shm`), a journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._copied: tuple[object, ...] = ()

    def beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def state(self) -> tuple[object, ...]:
        """What a change by anybody would change; reading leaves it."""
        found: list[object] = []
        for path in (self.path, self.beside("-wal"), self.beside("-journal")):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                found.append((path.name, stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)

    def uri(self) -> tuple[str, bool]:
        """Where to read, and whether the file must be still for it: SQLite then takes no lock and looks at no log."""
        log, index, journal = self.beside("-wal"), self.beside("-shm"), self.beside("-journal")
        logged = log.exists() and log.stat().st_size > 0
        if log.exists() and index.exists():
            # somebody has it open, or died with it open: the index is read, never written
            return _uri(self.path, "mode=ro&readonly_shm=1"), False
        if logged or (journal.exists() and journal.stat().st_size > 0):
            return _uri(self._copied_to(), "mode=rw"), False  # to be recovered, which writes: in a copy
        if self._writes_a_log():
            return _uri(self.path, "mode=ro&immutable=1"), True  # opened otherwise, it would get a log and an index
        return _uri(self.path, "mode=ro"), False

    def _writes_a_log(self) -> bool:
        # without locks a file in WAL mode cannot be opened at all, and any other can
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


class Statement:
    """One statement on a link of its own, so that nothing of it can outlive it."""

    def __init__(self, uri: str, request: dict[str, Any]) -> None:
        self._request = request
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
        """Return the tables in which R-trees keep their nodes: reading one prepares what would write them."""
        made = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING%{}%'"
        names = [name for kind in ("rtree", "geopoly") for (name,) in self._link.execute(made.format(kind))]
        return frozenset(name + part for name in names for part in _TREE_PARTS)

    def _rows(self) -> Answer:
        cursor = self._link.execute(self._request["sql"], self._request["params"])
        rows: list[tuple[Any, ...]] = []
        size = 0
        for row in cursor:
            size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
            if len(rows) >= self._request["rows"]:
                return {"over": "rows"}
            if size > self._request["size_bytes"]:
                return {"over": "size"}
            rows.append(row)
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
def _writing(*, allowed: bool) -> Iterator[None]:
    """Without leave, the kernel refuses this process every byte that would go into a file."""
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
    except OSError:  # no such file on this system: the high-water mark, in kilobytes or bytes
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


def answer(file: File, request: dict[str, Any]) -> Answer:
    """Run one statement; once more if the file was not still while it had to be."""
    for _ in range(3):
        before = file.state()
        try:
            uri, still = file.uri()
            with _writing(allowed="mode=rw" in uri):
                found = Statement(uri, request).run()
        except (sqlite3.Error, OSError) as error:
            return {"error": str(error), "name": getattr(error, "sqlite_errorname", "")}
        if not still or file.state() == before:
            return found
    return {"error": "the file kept changing while it was read", "name": "SQLITE_BUSY"}


def serve(file: File, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the parent goes away."""
    while head := source.read(4):
        request = marshal.loads(source.read(*struct.unpack("<I", head)))  # noqa: S302  our own parent's
        # the kernel ends this process if SQLite is in the middle of one long step
        signal.setitimer(signal.ITIMER_REAL, request["time_s"] + 1.0)
        body = marshal.dumps(answer(file, request))
        signal.setitimer(signal.ITIMER_REAL, 0)
        sink.write(struct.pack("<I", len(body)) + body)
        sink.flush()


if __name__ == "__main__":
    os.umask(0o077)
    try:
        serve(File(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer)
    finally:
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # made for this process
