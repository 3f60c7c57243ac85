"""Read a user's MariaDB or MySQL database: each statement runs in a read-only transaction that is rolled back.

The server accepts one statement per message and no write to a table in such a transaction; the session is reset
afterwards. It does not refuse GET_LOCK, SLEEP, or writing files with the FILE privilege: only the allow-list and the
check of the login's privileges do.
"""

import re
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from pymysql.cursors import SSCursor

from langgraph_dba.database.engines.base import QueryResult, Rejected
from langgraph_dba.database.engines.live.allow_list import vet
from langgraph_dba.database.engines.live.connecting import STEP_LIMIT_S, connected_within, no_answer
from langgraph_dba.database.engines.live.end_of_process import cancelled_at_end
from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, AllowedStatement
from langgraph_dba.database.engines.live.statement_limits import Limits, ResultBudget, bound_bytes
from langgraph_dba.database.engines.mariadb import plan as plans
from langgraph_dba.database.engines.mariadb.driver import DriverConnection
from langgraph_dba.database.engines.mariadb.error_mapping import refusal
from langgraph_dba.database.engines.mariadb.functions import FUNCTIONS, KEYWORDS, REMOTE_ENGINES
from langgraph_dba.database.engines.mariadb.grammar import GRAMMAR, LAST_ID_WITH_VALUE
from langgraph_dba.database.engines.mariadb.rights import REMEDY, excess, roles
from langgraph_dba.database.engines.mariadb.traits import traits_of_version
from langgraph_dba.database.engines.plan import Plan, named_tables
from langgraph_dba.deadlines import on_timeout
from langgraph_dba.errors import EngineError, Forbidden, InputError, OverLimit

_AGAIN_S = 0.4  # then it is cancelled again, because another statement may have started
_PATIENCE_S = 5.0  # how long a busy server may take to accept the connection that ends another one
_GRACE_S = 0.8  # how long a killed statement may take to end before the socket is closed
_UNCOUNTED_BYTES = 64 * 1024  # of rows that were received and not yet compared with the limits
_RESET = 0x1F  # COM_RESET_CONNECTION: rolls back, drops temporary tables, locks, variables, prepared statements
# One that the parser reads as the server does, whatever the server's own is: some modes bring ANSI_QUOTES with them.
_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_NAME = r"`(?:[^`]|``)+`|[\w$]+"
_CALL = re.compile(rf"(?:({_NAME})\.)?({_NAME})\s*\(")
_QUOTED_NAME = re.compile(r"`((?:[^`]|``)+)`")
_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_SCHEMA = re.compile(rf"({_NAME})\s*\.")
_COMMENT = re.compile(r"/\*|--|#")
# The server opens each schema that is compared with a constant, and every schema for a condition of another form.
# What is not an ordinary table: most statements name none. The engine of a view, and of what is broken, is NULL.
_OTHERS = (
    "SELECT table_schema, table_name, engine FROM information_schema.tables "
    "WHERE table_schema {schema} AND table_name IN %(names)s AND table_type <> 'SYSTEM VIEW' "
    "AND (table_type = 'VIEW' OR engine IS NULL OR engine IN %(engines)s)"
)
_VIEWS = (
    "SELECT table_schema, table_name, view_definition FROM information_schema.views "
    "WHERE table_schema {schema} AND table_name IN %(names)s"  # takes twice as long
)
_MOST_SCHEMAS = 8  # that are looked up one by one
_MOST_LOOKUPS = 200


class MariadbReader:
    """A read-only connection to a user's database. Use it in one thread at a time."""

    def __init__(self, url: str, trusted_functions: Sequence[str], limit_s: float) -> None:
        """Connect; EngineError if that fails."""
        self._trusted = frozenset(one.lower() for one in trusted_functions)
        self._lookup = lru_cache(maxsize=_MOST_LOOKUPS)(self._lookup_text)  # writing it takes as long as a message
        self._options = _options(url)
        self._link: Any = self._connect(limit_s)
        version = str(self._link.get_server_info())  # type: ignore[no-untyped-call]
        self._is_mariadb = "mariadb" in version.lower()
        # MariaDB prefixes its version with 5.5.5- for old replication clients
        self.traits = traits_of_version(version.removeprefix("5.5.5-"))

    def allowed(self, sql: str, parameters: Collection[str]) -> AllowedStatement:
        return vet(sql, GRAMMAR, parameters)

    def version(self) -> str:
        return str(self._link.get_server_info()).removeprefix("5.5.5-").split("-")[0]

    def read(self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits) -> QueryResult:
        with self._transaction(limits) as over:
            if statement.vetted:
                self._vet(statement)
            sql = statement.with_placeholders("%({})s") if params else statement.sql
            return self._streamed(sql, dict(params) if params else None, limits, over)

    def explain(
        self, statement: AllowedStatement, params: Mapping[str, Any], limits: Limits, *, run: bool = False
    ) -> Plan:
        with self._transaction(limits) as over:
            if statement.vetted:
                self._vet(statement)
            command = "ANALYZE FORMAT=JSON " if run else "EXPLAIN FORMAT=JSON "
            sql = command + (statement.with_placeholders("%({})s") if params else statement.sql)
            result = self._streamed(sql, dict(params) if params else None, limits, over)
            return plans.read(result.scalar, named_tables(statement.sql, "mysql"))

    def excess(self, limits: Limits) -> tuple[str, ...]:
        grants = self._grants("SHOW GRANTS", limits)
        for role in roles(grants):
            try:
                grants += self._grants(f"SHOW GRANTS FOR {role}", limits)
            except Rejected:
                return (*excess(grants), f"belongs to the role {role}, whose rights it cannot show")
        return tuple(excess(grants))

    def remedy(self) -> str:
        return REMEDY.format(database=self._options["database"] or "your_database")

    def close(self) -> None:
        with suppress(pymysql.MySQLError):
            self._link.close()

    def _grants(self, sql: str, limits: Limits) -> list[str]:
        return [str(row[0]) for row in self.read(AllowedStatement(sql, kind="show"), {}, limits).rows]

    def _connect(self, limit_s: float) -> DriverConnection:
        options = self._options
        where = options.get("unix_socket") or f"{options['host'] or 'localhost'}, port {options['port']}"
        try:
            link = connected_within(limit_s, where, self._connection)
        except (pymysql.MySQLError, OSError) as error:
            if "timed out" in str(error):
                raise no_answer(where, min(limit_s, STEP_LIMIT_S)) from None
            raise EngineError(f"the server refused the connection: {_message(error)}") from None
        link.wait_without_limit()  # statements have a timer
        return link

    def _connection(self, step_s: float) -> DriverConnection:
        # the flags for several statements per message and for local files stay off: the server refuses both
        return DriverConnection(
            **self._options, charset="utf8mb4", autocommit=True, connect_timeout=step_s, read_timeout=step_s,
            local_infile=False, ssl_disabled=bool(self._options.get("unix_socket")) or None,
        )  # fmt: skip

    @contextmanager
    def _transaction(self, limits: Limits) -> Iterator[threading.Event]:
        """Open a read-only transaction and yield the event that is set when its time is over."""
        if not self._link.open:
            self._link = self._connect(limits.left_s)
        over = threading.Event()
        with self._timed(limits, over):
            try:
                self._open(limits)
                yield over
            except (pymysql.MySQLError, OSError) as error:
                raise self._error(error, limits, over=over.is_set()) from None
            finally:
                self._clean_up()

    def _open(self, limits: Limits) -> None:
        wait = max(round(limits.lock_wait_s), 1)
        time, read_only = f"max_execution_time = {int(limits.left_s * 1000)}", "transaction_read_only"
        if self._is_mariadb:
            time, read_only = f"max_statement_time = {limits.left_s:.3f}", "tx_read_only"
        self._link.query(
            f"SET NAMES utf8mb4, SESSION sql_mode = '{_MODE}', {time}, lock_wait_timeout = {wait}, "
            f"innodb_lock_wait_timeout = {wait}, {read_only} = 1"
        )
        self._link.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def _streamed(
        self, statement: str, params: dict[str, Any] | None, limits: Limits, over: threading.Event
    ) -> QueryResult:
        budget, cursor = ResultBudget(limits), self._link.cursor(SSCursor)

        def refuse_late() -> None:
            if over.is_set():
                raise limits.over("time")

        try:
            names = self._fetched(cursor, statement, params, budget, refuse_late)
        except (pymysql.MySQLError, OSError):
            raise
        except BaseException:  # a limit, KeyboardInterrupt, a value that Python cannot hold
            self._kill()
            self._disconnect()  # closing the cursor would read all remaining rows
            raise
        cursor.close()
        return QueryResult(tuple(budget.rows), names, 0)

    def _fetched(
        self,
        cursor: Any,
        statement: str,
        params: dict[str, Any] | None,
        budget: ResultBudget,
        refuse_late: Callable[[], None],
    ) -> tuple[str, ...]:
        """Run a statement, add its rows to the budget, and return the names of the columns."""
        refuse_late()  # it was killed while no statement was running
        cursor.execute(statement, params)
        names = tuple(column[0] for column in cursor.description or ())
        if names:
            self._fetch(cursor, budget)
        refuse_late()  # the rows of a connection that was closed look complete
        return names

    def _fetch(self, cursor: Any, budget: ResultBudget) -> None:
        """Add all rows to the budget, each as soon as it is larger than what may be uncounted."""
        link, rows, counted = self._link, [], self._link.received_bytes
        next_row = cursor._result._read_rowdata_packet_unbuffered  # noqa: SLF001  `fetchone` takes longer
        rows_left = budget.rows_left
        while (row := next_row()) is not None:
            rows.append(row)
            if (received := link.received_bytes - counted) > _UNCOUNTED_BYTES or len(rows) > rows_left:
                budget.add(rows, bound_bytes(rows, received))
                rows, counted, rows_left = [], link.received_bytes, budget.rows_left
        budget.add(rows, bound_bytes(rows, link.received_bytes - counted))

    def _vet(self, statement: AllowedStatement) -> None:
        for schema, name in statement.functions:
            self._refuse_unlisted(schema, name, "")
        # a view may read another view: look up the names in its definition too, until there is no new one
        names, checked = statement.names, frozenset[str]()
        schemas = frozenset(_schemas(statement))
        while names - checked:
            checked |= names
            for name, text in self._views(names, schemas):
                names |= self._vet_view(name, _TEXT.sub("''", text))
                schemas |= {_plain(one) for one in _SCHEMA.findall(text)}

    def _vet_view(self, view: str, definition: str) -> set[str]:
        """Return the names in the definition of a view; Forbidden if it calls what may not be called."""
        if not definition:
            raise Forbidden(
                f"refused: the definition of the view {view} cannot be read: grant SHOW VIEW to the login. {ALLOWED}."
            )
        if re.search(LAST_ID_WITH_VALUE, definition, re.IGNORECASE):
            raise Forbidden(f"refused: the view {view} sets LAST_INSERT_ID. {ALLOWED}.")
        for schema, name in _CALL.findall(definition):
            self._refuse_unlisted(_plain(schema), _plain(name), f"in the view {view} ")
        return {_plain(name) for name in _QUOTED_NAME.findall(definition)}

    def _views(self, names: frozenset[str], schemas: frozenset[str]) -> list[tuple[str, str]]:
        """Return the name and the definition of each view of these names, empty if it cannot be read.

        Forbidden if one of the names, in the database of the connection or in these schemas, is a remote table.
        """
        others = self._looked_up(_OTHERS, names, schemas)
        for _, name, engine in others:
            if str(engine).upper() in REMOTE_ENGINES:
                raise Forbidden(f"refused: {name} is a {engine} table, which reads other servers or files. {ALLOWED}.")
        if not others:
            return []
        found = self._looked_up(_VIEWS, frozenset(name for _, name, _ in others), schemas)
        texts = {(schema, name): str(text or "") for schema, name, text in found}
        return [(name, texts.get((schema, name), "")) for schema, name, _ in others]

    def _looked_up(self, query: str, names: frozenset[str], schemas: frozenset[str]) -> Sequence[tuple[Any, ...]]:
        with self._link.cursor() as cursor:
            cursor.execute(self._lookup(query, names, schemas))
            return tuple(cursor.fetchall())

    def _lookup_text(self, query: str, names: frozenset[str], schemas: frozenset[str]) -> str:
        """Return the query for all objects of these names in the database of the connection and in these schemas."""
        values: dict[str, Any] = {"names": tuple(names), "schemas": tuple(schemas), "engines": tuple(REMOTE_ENGINES)}
        places = ["= database()"]
        if len(schemas) > _MOST_SCHEMAS:
            places.append("IN %(schemas)s")
        else:
            values |= {f"schema{number}": schema for number, schema in enumerate(schemas)}
            places += [f"= %(schema{number})s" for number in range(len(schemas))]
        with self._link.cursor() as cursor:
            return str(cursor.mogrify(" UNION ALL ".join(query.format(schema=place) for place in places), values))

    def _refuse_unlisted(self, schema: str, name: str, location: str) -> None:
        full_name = f"{schema}.{name}" if schema else name
        if full_name.lower() in self._trusted or (not schema and name.lower() in FUNCTIONS | KEYWORDS):
            return
        raise Forbidden(
            f"refused: {full_name}() {location}may not be called: it is not known to only read and compute. {ALLOWED}; "
            "no stored function (unless trusted_functions, on the command line --trust-function, names it), and no "
            "call that locks, waits, advances a sequence, or reads files."
        )

    @contextmanager
    def _timed(self, limits: Limits, over: threading.Event) -> Iterator[None]:
        # a timer of the client too: a statement may override the server's time limit (SET STATEMENT)

        def cancel() -> None:
            over.set()
            self._kill()

        left = limits.left_s
        with (
            cancelled_at_end(over, cancel),
            on_timeout(left, cancel),
            on_timeout(left + _AGAIN_S, cancel),
            on_timeout(left + _GRACE_S, self._abandon),
        ):
            yield

    def _kill(self, what: str = "QUERY", step_s: float = _GRACE_S) -> None:
        """Cancel the running statement from a second connection of the same login."""
        with suppress(EngineError, pymysql.MySQLError, OSError):
            other = self._connection(step_s)
            with other.cursor() as cursor:
                cursor.execute(f"KILL {what} {self._link.thread_id()}")
            other.close()

    def _abandon(self) -> None:
        """Close the connection, and end it on the server too, which does not see a closed socket while it computes.

        A busy server may not have accepted in time the connections that should cancel the statement.
        """
        self._disconnect()
        self._kill("CONNECTION", _PATIENCE_S)

    def _disconnect(self) -> None:
        if self._link._result is not None:  # noqa: SLF001  otherwise PyMySQL would read the remaining rows
            self._link._result.unbuffered_active = False  # noqa: SLF001
        with suppress(OSError, AttributeError):
            self._link._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001  PyMySQL has no public method
        self._link._force_close()  # noqa: SLF001

    def _clean_up(self) -> None:
        """Roll back and reset the session; close the connection if that fails."""
        if not self._link.open:
            return
        try:
            self._link._execute_command(_RESET, "")  # noqa: SLF001  PyMySQL has no public method
            self._link._read_ok_packet()  # noqa: SLF001
        except (pymysql.MySQLError, OSError, AttributeError):
            self._disconnect()

    def _error(self, error: Exception, limits: Limits, *, over: bool) -> Exception:
        code = error.args[0] if error.args else 0
        if over or code in _TIME:
            return limits.over("time")
        if code in _LOCK_TIMEOUT:
            return OverLimit(f"over the limit of {limits.lock_wait_s:g} s of waiting for a lock: try again later")
        if code in _FORBIDDEN:
            return Forbidden(f"refused by the server: {_message(error)}. {ALLOWED}.")
        return refusal(error, "") if isinstance(error, pymysql.MySQLError) else EngineError(_message(error))


_TIME = frozenset({1317, 1969, 3024})
_LOCK_TIMEOUT = frozenset({1205})
# read-only transaction or server; missing privilege
_FORBIDDEN = frozenset({1792, 1290, 1044, 1142, 1143, 1227, 1370, 1419, 1568})


def _schemas(statement: AllowedStatement) -> set[str]:
    """Return every name that may be that of a schema: those before a dot, or all if a comment may hide the dot."""
    if _COMMENT.search(statement.sql):
        return set(statement.names)
    return {_plain(name) for name in _SCHEMA.findall(statement.sql)}


def _plain(name: str) -> str:
    return name.strip("`").replace("``", "`")


def _message(error: Exception) -> str:
    return " ".join(str(error.args[1] if len(error.args) > 1 else error).split())


def _options(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    try:
        address: dict[str, Any] = {"host": parts.hostname or "", "port": parts.port or 3306}
    except ValueError:
        raise InputError("a MariaDB URL must have the form mariadb://user:password@host:port/database") from None
    if "unix_socket" in query:
        address = {"unix_socket": query["unix_socket"]}
    address |= {name: query[name] for name in ("ssl_ca", "ssl_cert", "ssl_key") if name in query}
    # as bytes: PyMySQL 2.2 encodes a str password as Latin-1, but the servers expect UTF-8
    return {
        "user": unquote(parts.username or ""), "password": unquote(parts.password or "").encode(),
        "database": unquote(parts.path.lstrip("/")) or None, **address,
    }  # fmt: skip


def open_reader(url: str, trusted_functions: Sequence[str], limit_s: float) -> MariadbReader:
    """Connect to the database that a `mysql://` or `mariadb://` URL names."""
    return MariadbReader(url, trusted_functions, limit_s)
