"""Read a user's SQLite file in a helper process, which keeps its connection while no file changes."""

import fcntl
import marshal
import os
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from langgraph_dba.cancellation import called_if_process_ends, check_cancelled
from langgraph_dba.database.engines.base import QueryResult, Rejected
from langgraph_dba.database.engines.live.allow_list import vet
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, AllowedStatement, Grammar
from langgraph_dba.database.engines.live.short_wait import readable
from langgraph_dba.database.engines.live.statement_limits import Limits, ResultBudget, bound_bytes
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.sqlite import plan as plans
from langgraph_dba.database.engines.sqlite import worker
from langgraph_dba.database.engines.sqlite.connection import refusal
from langgraph_dba.database.engines.sqlite.traits import traits_of_version
from langgraph_dba.errors import EngineError, Forbidden, InputError

_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # some Python builds do not start without these
_PIPE_BYTES = 1024 * 1024  # the helper reads on while this process unpacks
_SHORT_BYTES = 16 * 1024  # more takes longer to allocate than to read
_F_SETPIPE_SZ = 1031  # of Linux
_GRACE_S = 0.6  # the helper ends itself 0.3 s after its limit; then it is killed


def _shows(words: Sequence[str]) -> bool:
    # `PRAGMA name`, or `PRAGMA name(object)` if the value selects what is shown; other values would set something
    if words[1:3] == ["MAIN", "."]:
        words = [words[0], *words[3:]]
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
    hidden=((r"/\*(?:(?!\*/).)*/\*", "a comment inside a comment may end earlier than the parser expects"),),
    help=ALLOWED.replace("TABLE, SHOW", "a PRAGMA that shows"),
)


class SqliteReader:
    """Reads one file through a helper process, which is started on demand and killed if it does not answer."""

    def __init__(self, path: Path, limit_s: float) -> None:
        """Check within this time that the file is a database; EngineError if it does not exist or is not one."""
        if not path.is_file():
            raise EngineError(f"{path} is not a regular file" if path.exists() else f"there is no database file {path}")
        self._path = path.resolve()  # the log of a file is beside the file, not beside a link to it
        self.traits = traits_of_version(sqlite3.sqlite_version)  # the helper runs the same Python
        self._process: subprocess.Popen[bytes] | None = None
        self._answers = _Answers(-1)
        self._folder = ""
        try:
            self.read(AllowedStatement("SELECT count(*) FROM sqlite_schema"), {}, Limits(time_s=limit_s))
        except EngineError as error:
            self.close()
            raise EngineError(f"{path} cannot be read as an SQLite database: {error}") from None

    def allowed(self, sql: str, parameters: Collection[str]) -> AllowedStatement:
        return vet(sql, GRAMMAR, parameters)

    def version(self) -> str:
        return str(self.read(AllowedStatement("SELECT sqlite_version()"), {}, Limits()).scalar)

    def read(self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits) -> QueryResult:
        budget = ResultBudget(limits)
        answer = self._request({
            "sql": statement.sql, "params": dict(params), "size_bytes": limits.size_bytes, "time_s": limits.left_s,
            "lock_wait_s": limits.lock_wait_s, "memory_bytes": limits.memory_bytes,
        }, limits, budget)  # fmt: skip
        if over := answer.get("over"):
            raise limits.over(over)
        if "error" in answer:
            raise limits.over("size") if answer["name"] == "SQLITE_TOOBIG" else _error(answer["error"], answer["name"])
        return QueryResult(tuple(budget.rows), tuple(answer["columns"]), 0)

    def explain(
        self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits, *, run: bool = False
    ) -> Plan:
        steps = self.read(
            AllowedStatement(f"EXPLAIN QUERY PLAN {statement.sql}", vetted=statement.vetted), params, limits
        ).rows
        plan = plans.read(steps, named_tables(statement.sql, "sqlite"), self._key_of)
        return plans.with_measurement(plan, lambda: len(self.read(statement, params, limits).rows)) if run else plan

    def _key_of(self, table: str) -> str:
        return plans.row_number(self.read(AllowedStatement(plans.KEYS), {"table": table}, Limits()).rows)

    def excess(self, limits: Limits) -> tuple[str, ...]:
        del limits
        return ()  # SQLite has no roles: only the allow-list and the helper process restrict statements

    def remedy(self) -> str:
        return ""

    def close(self) -> None:
        self._end()

    def _request(self, request: dict[str, Any], limits: Limits, budget: ResultBudget) -> dict[str, Any]:
        """Run one statement, add its rows to the budget, and return the last answer."""
        process = self._process = self._process or self._start()
        try:
            body = marshal.dumps(request)
        except ValueError:
            raise Rejected("type", "a parameter must be a number, text, bytes or None") from None
        with called_if_process_ends(self._end):
            return self._answered(process, struct.pack("<I", len(body)) + body, limits, budget)

    def _answered(
        self, process: "subprocess.Popen[bytes]", message: bytes, limits: Limits, budget: ResultBudget
    ) -> dict[str, Any]:
        deadline = time.monotonic() + limits.left_s + _GRACE_S
        assert process.stdin is not None
        try:
            process.stdin.write(message)
            while True:
                answer, size = self._answers.next(deadline)
                if "rows" in answer:
                    rows = answer["rows"]
                    budget.add(rows, bound_bytes(rows, size))
                elif "again" in answer:
                    budget.clear()
                else:
                    return answer
        except (TimeoutError, BrokenPipeError, EOFError) as error:
            self._end()
            check_cancelled()  # in a process that ends, that has ended the helper
            raise limits.over(_limit_of(error, process.returncode)) from None
        except BaseException:
            self._end()  # a late answer must not be read as the answer to the next request
            raise

    def _start(self) -> "subprocess.Popen[bytes]":
        self._folder = tempfile.mkdtemp(prefix="dba-sqlite-live-")  # the helper removes it when this process has ended
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(worker.__file__)), str(self._path.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={"TMPDIR": self._folder, **{name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}},
            start_new_session=True,
            bufsize=0,
        )
        assert process.stdout is not None
        with suppress(OSError):
            fcntl.fcntl(process.stdout, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._answers = _Answers(process.stdout.fileno())
        return process

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


class _Answers:
    """The answers of a helper process that arrive on a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._received = descriptor, bytearray()
        self._ready = select.poll()
        if descriptor >= 0:
            self._ready.register(descriptor, select.POLLIN)

    def next(self, deadline: float) -> tuple[dict[str, Any], int]:
        """Return the next answer and its bytes; TimeoutError, or EOFError if the process has ended."""
        self._receive(4, deadline)
        size = struct.unpack_from("<I", self._received)[0]
        self._receive(size + 4, deadline)
        with memoryview(self._received) as received:
            answer = marshal.loads(received[4 : size + 4])  # noqa: S302  of our own process
        del self._received[: size + 4]
        return answer, size

    def _receive(self, size: int, deadline: float) -> None:
        while len(self._received) < size:
            if not readable(self._ready, deadline - time.monotonic()):
                raise TimeoutError
            piece = os.read(self._descriptor, min(max(size - len(self._received), _SHORT_BYTES), _PIPE_BYTES))
            if not piece:
                raise EOFError
            self._received += piece


def _limit_of(error: Exception, code: int) -> Literal["time", "memory"]:
    """Return the limit at which the helper ended: by its timer, killed as late, or without memory."""
    return "time" if isinstance(error, TimeoutError) or code == -signal.SIGALRM else "memory"


def _error(message: str, name: str) -> EngineError:
    if name == "SQLITE_AUTH" or "not authorized" in message or "unsafe use" in message:
        return Forbidden(f"refused by SQLite: {message}. {GRAMMAR.help}.")
    if name.startswith("SQLITE_READONLY"):
        return Forbidden(f"refused by SQLite: {message}. {GRAMMAR.help}.")
    error = type("_Error", (Exception,), {})(message)
    error.sqlite_errorname = name
    return refusal(error)


def open_reader(url: str, trusted_functions: Sequence[str], limit_s: float) -> SqliteReader:
    """Open the file that a `sqlite:///` URL or a bare path names."""
    if trusted_functions:
        raise InputError("an SQLite database has no functions of its own: remove `trusted_functions`")
    scheme, separator, rest = url.partition("://")
    if not separator:
        return SqliteReader(Path(url), limit_s)
    path = unquote(urlsplit(f"{scheme}://{rest}").path)
    if not path.startswith("/") or path in ("/", "/:memory:"):
        raise InputError("an SQLite URL must name a file: sqlite:///relative.db or sqlite:////absolute/path.db")
    return SqliteReader(Path(path[1:]), limit_s)
