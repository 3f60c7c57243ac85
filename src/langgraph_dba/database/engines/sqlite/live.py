"""Read a user's SQLite file, each statement on a link of its own in a process of its own."""

import marshal
import os
import selectors
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from langgraph_dba.database.engines.base import Rejected, Result
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, Grammar, Reading
from langgraph_dba.database.engines.live.statement_limits import Limits
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.sqlite import plan as plans
from langgraph_dba.database.engines.sqlite import worker
from langgraph_dba.database.engines.sqlite.connection import refusal
from langgraph_dba.database.engines.sqlite.traits import traits_of_version
from langgraph_dba.errors import EngineError, Forbidden, InputError

_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # some Pythons do not start without
_GRACE_S = 3.0  # the process ends itself a second after its limit; after three it is ended


def _shows(words: Sequence[str]) -> bool:
    """`PRAGMA name`, and `PRAGMA name(of)` where the value says what to show and sets nothing."""
    if words[0] != "PRAGMA" or len(words) < 2:  # noqa: PLR2004
        return False
    name = words[1].lower()
    if len(words) == 2:  # noqa: PLR2004
        return name in worker.PRAGMAS | worker.PRAGMAS_OF
    return name in worker.PRAGMAS_OF and words[2] == "(" and words[-1] == ")" and len(words) == 5  # noqa: PLR2004


GRAMMAR = Grammar(
    dialect="sqlite",
    show=_shows,
    explain_options=frozenset({"QUERY", "PLAN"}),
    hidden=((r"/\*(?:(?!\*/).)*/\*", "a comment inside a comment ends where one does not expect it"),),
    help=ALLOWED.replace("TABLE, SHOW", "a PRAGMA that shows"),
)


class SqliteReader:
    """One file, read by a helper process that is started when it is needed and ended when it does not answer."""

    grammar = GRAMMAR

    def __init__(self, path: Path) -> None:
        """Start nothing yet; EngineError if there is no such file or it is no database."""
        if not path.is_file():
            raise EngineError(f"there is no database file {path}")
        self._path = path
        self.traits = traits_of_version(sqlite3.sqlite_version)  # the helper is the same Python
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = ""
        try:
            self.read(Reading("SELECT count(*) FROM sqlite_schema"), {}, Limits())
        except EngineError as error:
            self.close()
            raise EngineError(f"{path} cannot be read as an SQLite database: {error}") from None

    def version(self) -> str:
        return str(self.read(Reading("SELECT sqlite_version()"), {}, Limits()).scalar)

    def read(self, reading: Reading, params: Mapping[str, Any], limits: Limits) -> Result:
        found = self._ask({
            "sql": reading.sql, "params": dict(params), "rows": limits.rows, "size_bytes": limits.size_bytes,
            "time_s": limits.time_s, "lock_wait_s": limits.lock_wait_s, "memory_bytes": limits.memory_bytes,
        }, limits)  # fmt: skip
        if over := found.get("over"):
            raise limits.over(over)
        if "error" in found:
            raise limits.over("size") if found["name"] == "SQLITE_TOOBIG" else _told(found["error"], found["name"])
        return Result(tuple(found["rows"]), tuple(found["columns"]), 0)

    def explain(self, reading: Reading, params: Mapping[str, Any], limits: Limits, *, run: bool = False) -> Plan:
        steps = self.read(Reading(f"EXPLAIN QUERY PLAN {reading.sql}", vetted=reading.vetted), params, limits).rows
        plan = plans.read(steps, named_tables(reading.sql, "sqlite"), self._key_of)
        return plans.measured(plan, lambda: len(self.read(reading, params, limits).rows)) if run else plan

    def _key_of(self, table: str) -> str:
        return plans.row_number(self.read(Reading(plans.KEYS), {"table": table}, Limits()).rows)

    def excess(self) -> tuple[str, ...]:
        return ()  # SQLite has no roles; what may be done is decided by the walls alone

    def remedy(self) -> str:
        return ""

    def close(self) -> None:
        self._end()

    def _ask(self, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        try:
            body = marshal.dumps(request)
        except ValueError:
            raise Rejected("type", "a parameter must be a number, text, bytes or None") from None
        try:
            process.stdin.write(struct.pack("<I", len(body)) + body)
            process.stdin.flush()
            deadline = time.monotonic() + limits.time_s + _GRACE_S
            size = struct.unpack("<I", self._bytes(4, deadline))[0]
            found: dict[str, Any] = marshal.loads(self._bytes(size, deadline))  # noqa: S302  our own process's
        except (TimeoutError, BrokenPipeError, EOFError):
            self._end()
            raise limits.over("time") from None
        except BaseException:
            self._end()  # an answer may still be on its way: nobody must take it for the next one's
            raise
        return found

    def _bytes(self, size: int, deadline: float) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        found = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            while len(found) < size:
                if not ready.select(max(deadline - time.monotonic(), 0)):
                    raise TimeoutError
                piece = os.read(self._process.stdout.fileno(), min(size - len(found), 1 << 20))
                if not piece:
                    raise EOFError
                found += piece
        return bytes(found)

    def _start(self) -> "subprocess.Popen[bytes]":
        self._folder = tempfile.mkdtemp(prefix="dba-sqlite-live-")  # the process removes it when we are gone
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(worker.__file__)), str(self._path.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={"TMPDIR": self._folder, **{name: os.environ[name] for name in _KEPT if name in os.environ}},
            start_new_session=True,
            bufsize=0,
        )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
        process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _told(message: str, name: str) -> EngineError:
    if name == "SQLITE_AUTH" or "not authorized" in message or "unsafe use" in message:
        return Forbidden(f"refused by SQLite: {message}. {GRAMMAR.help}.")
    if name.startswith("SQLITE_READONLY"):
        return Forbidden(f"refused by SQLite: {message}. {GRAMMAR.help}.")
    error = type("_Error", (Exception,), {})(message)
    error.sqlite_errorname = name
    return refusal(error)


def open_reader(url: str) -> SqliteReader:
    """Open the file that a `sqlite:///` URL or a bare path names."""
    scheme, found, rest = url.partition("://")
    if not found:
        return SqliteReader(Path(url))
    path = unquote(urlsplit(f"{scheme}://{rest}").path)
    if not path.startswith("/") or path in ("/", "/:memory:"):
        raise InputError("a SQLite URL names a file: sqlite:///relative.db or sqlite:////absolute/path.db")
    return SqliteReader(Path(path[1:]))
