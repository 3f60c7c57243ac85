"""Read a user's MariaDB or MySQL database, each statement in a read-only transaction that is rolled back.

The server takes one statement a message, changes no table in such a transaction, and forgets the session behind it.
It would still lock by name, write files for who may, and sleep: there the first wall stands alone, and the role check.
"""

import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from pymysql.cursors import SSCursor

from langgraph_dba.database.engines.base import Rejected, Result
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, Grammar, Reading
from langgraph_dba.database.engines.live.statement_limits import Budget, Limits
from langgraph_dba.database.engines.mariadb import plan as plans
from langgraph_dba.database.engines.mariadb.driver import Link
from langgraph_dba.database.engines.mariadb.errors import refusal
from langgraph_dba.database.engines.mariadb.functions import ELSEWHERE, FUNCTIONS, WORDS
from langgraph_dba.database.engines.mariadb.rights import REMEDY, excess, roles
from langgraph_dba.database.engines.mariadb.traits import traits_of_version
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.database.engines.time_limit import unless_done
from langgraph_dba.errors import EngineError, Forbidden, InputError, OverLimit

_CONNECT_LIMIT_S = 10
_GRACE_S = 5.0  # how long a killed statement may take to end before the socket is closed
_RESET = 0x1F  # COM_RESET_CONNECTION: temporary tables, locks, variables, settings, prepared statements
_SHOWN = frozenset({
    "TABLES", "FULL", "COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS", "CREATE", "DATABASES", "SCHEMAS", "TABLE",
    "STATUS", "GLOBAL", "SESSION", "VARIABLES", "WARNINGS", "ERRORS", "PROCESSLIST", "GRANTS", "ENGINE", "ENGINES",
    "CHARACTER", "COLLATION", "TRIGGERS", "PROCEDURE", "FUNCTION", "COUNT", "OPEN", "EVENTS", "EXTENDED",
})  # fmt: skip
# Modes under which the server ends a text elsewhere than the parser thinks.
_OTHER_READINGS = frozenset({"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ORACLE", "IGNORE_SPACE", "ANSI"})
_CALL = re.compile(r"(?:`?(\w+)`?\.)?`?(\w+)`?\s*\(")
_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)


def _shows(words: Sequence[str]) -> bool:
    if words[0] in ("DESCRIBE", "DESC", "EXPLAIN"):
        return 1 < len(words) <= 4 and all(word == "." or re.fullmatch(r"\w+", word) for word in words[1:])  # noqa: PLR2004
    return words[0] == "SHOW" and len(words) > 1 and words[1] in _SHOWN and "INTO" not in words


GRAMMAR = Grammar(
    dialect="mysql",
    show=_shows,
    explains=frozenset({"EXPLAIN", "DESCRIBE", "DESC"}),  # not ANALYZE, which may be of a table
    explain_options=frozenset({"EXTENDED", "PARTITIONS", "FORMAT", "=", "JSON", "TRADITIONAL", "TREE"}),
    hidden=(
        (r"/\*(!|M!)", "the server runs what stands in a comment that begins with !"),
        (r"/\*(?:(?!\*/).)*/\*", "a comment inside a comment ends where one does not expect it"),
        (r"(?<![@_])@(?!@)", "it uses a variable of the connection"),
        (r":=", "it sets a variable"),
        (r"\bNEXT\s+VALUE\b", "it moves a sequence"),
        (r"\bPROCEDURE\s+ANALYSE\b", "PROCEDURE ANALYSE is not part of a read"),
    ),
)


class MariadbReader:
    """One link to a user's database. Not for two threads at once."""

    grammar = GRAMMAR

    def __init__(self, url: str) -> None:
        """Connect; EngineError if that fails."""
        self._options = _options(url)
        self._link: Any = self._connect()
        told = str(self._link.get_server_info())  # type: ignore[no-untyped-call]
        self.traits = traits_of_version(told.removeprefix("5.5.5-"))  # which old clients were told
        with self._link.cursor() as cursor:
            cursor.execute("SELECT @@sql_mode")
            modes = str(cursor.fetchone()[0]).split(",")
        self._mode = ",".join(mode for mode in modes if mode not in _OTHER_READINGS)

    def version(self) -> str:
        return str(self._link.get_server_info()).removeprefix("5.5.5-").split("-")[0]

    def read(self, reading: Reading, params: Mapping[str, Any], limits: Limits) -> Result:
        with self._transaction(limits):
            if reading.vetted:
                self._vet(reading)
            statement = reading.placed("%({})s") if params else reading.sql
            return self._streamed(statement, dict(params) if params else None, limits)

    def explain(self, reading: Reading, params: Mapping[str, Any], limits: Limits, *, run: bool = False) -> Plan:
        with self._transaction(limits):
            if reading.vetted:
                self._vet(reading)
            asked = "ANALYZE FORMAT=JSON " if run else "EXPLAIN FORMAT=JSON "
            statement = asked + (reading.placed("%({})s") if params else reading.sql)
            found = self._streamed(statement, dict(params) if params else None, limits)
            return plans.read(found.scalar, named_tables(reading.sql, "mysql"))

    def excess(self) -> tuple[str, ...]:
        grants = self._grants("SHOW GRANTS")
        for role in roles(grants):
            try:
                grants += self._grants(f"SHOW GRANTS FOR {role}")
            except Rejected:
                return (*excess(grants), f"belongs to the role {role}, whose rights it cannot show")
        return tuple(excess(grants))

    def remedy(self) -> str:
        return REMEDY.format(database=self._options["database"] or "your_database")

    def close(self) -> None:
        with suppress(pymysql.MySQLError):
            self._link.close()

    def _grants(self, sql: str) -> list[str]:
        return [str(row[0]) for row in self.read(Reading(sql, kind="show"), {}, Limits()).rows]

    def _connect(self) -> Link:
        try:
            # neither several statements a message nor files of the client: the server is never told that we could
            return Link(
                **self._options, charset="utf8mb4", autocommit=True, connect_timeout=_CONNECT_LIMIT_S,
                local_infile=False, ssl_disabled=bool(self._options.get("unix_socket")) or None,
            )  # fmt: skip
        except (pymysql.MySQLError, OSError) as error:
            raise EngineError(f"the server did not let us in: {_words(error)}") from None

    @contextmanager
    def _transaction(self, limits: Limits) -> Iterator[None]:
        if not self._link.open:
            self._link = self._connect()
        over = threading.Event()
        with self._timed(limits, over):
            try:
                self._open(limits)
                yield
            except (pymysql.MySQLError, OSError) as error:
                raise self._told(error, limits, over=over.is_set()) from None
            finally:
                self._clean_up()

    def _open(self, limits: Limits) -> None:
        wait = max(round(limits.lock_wait_s), 1)
        time, read_only = f"max_execution_time = {int(limits.time_s * 1000)}", "transaction_read_only"
        if "mariadb" in str(self._link.get_server_info()).lower():
            time, read_only = f"max_statement_time = {limits.time_s}", "tx_read_only"
        with self._link.cursor() as cursor:
            cursor.execute(
                f"SET SESSION sql_mode = '{self._mode}', {time}, lock_wait_timeout = {wait}, "
                f"innodb_lock_wait_timeout = {wait}, {read_only} = 1"
            )
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def _streamed(self, statement: str, params: dict[str, Any] | None, limits: Limits) -> Result:
        budget, cursor = Budget(limits), self._link.cursor(SSCursor)
        try:
            cursor.execute(statement, params)
            names = tuple(column[0] for column in cursor.description or ())
            while names and (row := cursor.fetchone()) is not None:
                budget.add(row)
        except OverLimit:
            self._kill()
            self._cut()  # to read what is still on its way would take as long as the limit forbids
            raise
        cursor.close()
        return Result(tuple(budget.rows), names, 0)

    def _vet(self, reading: Reading) -> None:
        for schema, name in reading.functions:
            _refuse_unknown(schema, name, "")
        names, seen = set(reading.names), set[str]()
        while fresh := sorted(names - seen):
            seen |= set(fresh)
            for view, text in self._named("VIEWS", "table_name, view_definition", fresh):
                plain = _TEXT.sub("''", str(text or ""))
                for schema, name in _CALL.findall(plain):
                    _refuse_unknown(schema, name, f"in the view {view} ")
                names |= set(re.findall(r"`([^`]+)`", plain))
            for table, engine in self._named("TABLES", "table_name, engine", fresh):
                if str(engine).upper() in ELSEWHERE:
                    raise Forbidden(f"refused: {table} is a table of the engine {engine}, elsewhere. {ALLOWED}.")

    def _named(self, kind: str, columns: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        with self._link.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM information_schema.{kind} WHERE table_schema = database() AND table_name IN %s",
                (tuple(names),),
            )
            return list(cursor.fetchall())

    @contextmanager
    def _timed(self, limits: Limits, over: threading.Event) -> Iterator[None]:
        """The client's own clock: a statement might be read so that the server's does not count."""

        def end() -> None:
            over.set()
            self._kill()

        with unless_done(limits.time_s, end), unless_done(limits.time_s + 2 * _GRACE_S, self._cut):
            yield

    def _kill(self) -> None:
        """Let a second link of the same login end what the first one runs."""
        with suppress(EngineError, pymysql.MySQLError, OSError):
            other = self._connect()
            with other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {self._link.thread_id()}")
            other.close()

    def _cut(self) -> None:
        if self._link._result is not None:  # noqa: SLF001  it would ask a closed link for the rest of its rows
            self._link._result.unbuffered_active = False  # noqa: SLF001
        with suppress(OSError, AttributeError):
            self._link._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001  the driver has no word for it
        self._link._force_close()  # noqa: SLF001

    def _clean_up(self) -> None:
        """Undo the transaction and whatever outlives one; a link that cannot be cleaned is closed."""
        if not self._link.open:
            return
        try:
            self._link.rollback()
            self._link._execute_command(_RESET, "")  # noqa: SLF001  the driver has no word for it
            self._link._read_ok_packet()  # noqa: SLF001
            self._link.set_character_set("utf8mb4")
        except (pymysql.MySQLError, OSError, AttributeError):
            self._cut()

    def _told(self, error: Exception, limits: Limits, *, over: bool) -> Exception:
        code = error.args[0] if error.args else 0
        if over or code in _TIME:
            return limits.over("time")
        if code in _WAITED:
            return OverLimit(f"over the limit of {limits.lock_wait_s:g} s of waiting for a lock: try again later")
        if code in _WALLS:
            return Forbidden(f"refused by the server: {_words(error)}. {ALLOWED}.")
        return refusal(error, "") if isinstance(error, pymysql.MySQLError) else EngineError(_words(error))


_TIME = frozenset({1317, 1969, 3024})
_WAITED = frozenset({1205})
# read-only transaction or server; no right to it
_WALLS = frozenset({1792, 1290, 1044, 1142, 1143, 1227, 1370, 1419, 1568})


def _refuse_unknown(schema: str, name: str, place: str) -> None:
    known = not schema and name.lower() in FUNCTIONS | WORDS
    if not known:
        shown = f"{schema}.{name}" if schema else name
        raise Forbidden(
            f"refused: {shown}() {place}may not be called: it is not known to read and compute only. {ALLOWED}; "
            "no stored function, and no call that locks, waits, counts up, or reaches files."
        )


def _words(error: Exception) -> str:
    return " ".join(str(error.args[1] if len(error.args) > 1 else error).split())


def _options(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    try:
        place: dict[str, Any] = {"host": parts.hostname or "", "port": parts.port or 3306}
    except ValueError:
        raise InputError("a MariaDB URL is written mariadb://user:password@host:port/database") from None
    if "unix_socket" in query:
        place = {"unix_socket": query["unix_socket"]}
    place |= {name: query[name] for name in ("ssl_ca", "ssl_cert", "ssl_key") if name in query}
    # as bytes: PyMySQL 2.2 takes a text for Latin-1, and the servers for UTF-8
    return {
        "user": unquote(parts.username or ""), "password": unquote(parts.password or "").encode(),
        "database": unquote(parts.path.lstrip("/")) or None, **place,
    }  # fmt: skip


def open_reader(url: str) -> MariadbReader:
    """Connect to the database that a `mysql://` or `mariadb://` URL names."""
    return MariadbReader(url)
