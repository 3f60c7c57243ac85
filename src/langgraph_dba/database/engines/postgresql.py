"""PostgreSQL: scratch databases in a server of our own, logged in *as* restricted roles."""

import hashlib
import itertools
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

try:
    import psycopg
    from psycopg import sql as compose
except ImportError:  # pragma: no cover  the extra is missing: `PostgresEngine` says so when it is asked for
    psycopg = None  # type: ignore[assignment]

from langgraph_dba.database.engines import postgresql_plan
from langgraph_dba.database.engines.base import (
    Catalogue,
    Fill,
    Rejected,
    Result,
    Role,
    Traits,
    ViolationKind,
    with_markers,
)
from langgraph_dba.database.engines.plan import Plan
from langgraph_dba.database.engines.postgres_server import INSTALL_HINT, PostgresServer
from langgraph_dba.database.engines.postgresql_words import WORDS
from langgraph_dba.database.engines.records import flat
from langgraph_dba.database.engines.time_limit import out_of_time, time_left
from langgraph_dba.errors import EngineError, EngineUnavailable

TRAITS = Traits(
    name="postgresql",
    dialect="postgresql",
    title="PostgreSQL",
    roles=True,
    row_level_security=True,
    exact_decimals=True,
    native_booleans=True,
    native_temporal=True,
    null_some_columns=True,
    include_columns=True,
    identity_columns=True,
    adds_constraints=True,
    transactional_ddl=True,
    bare_references=True,
    sessions_have_time_zones=True,
    zoned_instants=True,
    backslash_escapes=False,
    counts_index_scans=True,
    names_keys=True,
    keeps=frozenset(
        {
            "order",
            "unique-indexes",
            "no-action",
            "comments",
            "include",
            "index-methods",
            "operator-classes",
            "null-order",
            "partial-indexes",
            "expressions",
            "collations",
            "nulls-equal",
            "deferrable",
            "exclusion",
            "types",
            "sequences",
            "routines",
            "materialised-views",
            "partitions",
            "policies",
            "roles",
            "identity-options",
            "settings",
            "extensions",
            "match-full",
            "unvalidated",
        }
    ),
    copies_databases=True,
    words=WORDS,
)
_KINDS: dict[str, ViolationKind] = {
    "23505": "unique",
    "23503": "foreign-key",
    "23001": "foreign-key",  # RESTRICT, from version 18 on
    "23514": "check",
    "23502": "not-null",
    "42501": "permission",
    "57014": "time-limit",
}
_OWNER = "scratch_owner"
_TEMPLATES = 12
_STATEMENT_LIMIT_S = 120.0
_UNPRIVILEGED = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 12"


class PostgresConnection:
    """One link in one role; every statement has a time limit that the client keeps, because a role can lift its own."""

    def __init__(self, conninfo: str) -> None:
        """Connect."""
        self._link = psycopg.connect(conninfo, autocommit=True, options="-c search_path=public")

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        # one statement a message: a second one hidden behind a `;` is refused by the protocol itself
        statement = with_markers(sql.replace("%", "%%"), "%({})s") if params else sql
        with self._limited(), self._link.cursor() as cursor:
            cursor.execute(statement, dict(params) if params else None, prepare=True)
            names = tuple(column.name for column in cursor.description or ())
            rows = tuple(cursor.fetchall()) if names else ()
            return Result(rows, names, max(cursor.rowcount, 0))

    def script(self, sql: str) -> None:
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

    def attempt(self, *steps: tuple[str, Mapping[str, Any]]) -> Result | Rejected:
        result: Result | Rejected = Result((), (), 0)
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
            if not self._link.broken:
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def explain(
        self, sql: str, params: Mapping[str, Any] | None = None, *, run: bool = False, few_rows: bool = False
    ) -> Plan:
        # within the attempt's transaction only
        setting = f"SELECT set_config('enable_seqscan', '{'off' if few_rows else 'on'}', true)"
        options = "ANALYZE, BUFFERS, FORMAT JSON" if run else "FORMAT JSON"
        answer = self.attempt((setting, {}), (f"EXPLAIN ({options}) {sql}", params or {}))
        if isinstance(answer, Rejected):
            raise answer
        return postgresql_plan.read(answer.scalar[0])

    def work(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        return self.explain(sql, params, run=True).buffers or 0

    def scans(self, table: str) -> tuple[int, int]:
        self.run("SELECT pg_stat_force_next_flush()")
        counts = "SELECT seq_scan, coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = :table"
        whole, indexed = self.run(counts, {"table": table}).rows[0]
        return int(whole), int(indexed)

    def analyze(self) -> None:
        self.run("VACUUM ANALYZE")

    def set_time_zone(self, zone: str) -> None:
        self.run("SELECT set_config('TimeZone', :zone, false)", {"zone": zone})

    def catalogue(self) -> Catalogue:
        from langgraph_dba.database.engines.postgresql_catalogue import read, spelled

        return flat(read(self), spelled)

    def close(self) -> None:
        self._link.close()

    @contextmanager
    def _limited(self) -> Iterator[None]:
        timer = threading.Timer(time_left(_STATEMENT_LIMIT_S), self._link.cancel_safe)
        timer.daemon = True
        timer.start()
        try:
            yield
        except psycopg.errors.QueryCanceled as error:
            out_of_time()
            raise _rejected(error) from None
        except psycopg.Error as error:
            raise _rejected(error) from None
        finally:
            timer.cancel()


class PostgresScratch:
    """One disposable database of the server."""

    def __init__(self, server: PostgresServer, name: str, logins: Mapping[Role, tuple[str, str]]) -> None:
        """Remember the database and who may log in to it."""
        self._server, self._name, self._logins = server, name, logins

    @contextmanager
    def connect(self, role: Role = "owner") -> Iterator[PostgresConnection]:
        user, password = self._logins[role]
        connection = PostgresConnection(
            psycopg.conninfo.make_conninfo(
                host=str(self._server.socket_folder), dbname=self._name, user=user, password=password
            )
        )
        try:
            yield connection
        finally:
            connection.close()

    def url(self, role: Role = "owner") -> str:
        user, password = self._logins[role]
        host = quote(str(self._server.socket_folder), safe="")
        return f"postgresql+psycopg://{user}:{quote(password, safe='')}@/{self._name}?host={host}"


class PostgresEngine:
    """A server that starts when it is first needed and stops with `close()`, or with the process."""

    traits = TRAITS

    def __init__(self) -> None:
        """Start nothing yet; EngineUnavailable if the driver is missing."""
        if psycopg is None:
            raise EngineUnavailable(f"the PostgreSQL driver is not installed: {INSTALL_HINT}")
        self._server: PostgresServer | None = None
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._templates: OrderedDict[str, str] = OrderedDict()
        self._passwords: dict[str, str] = {}

    def version(self) -> str:
        """Return the server's version, such as `18.6`; starts it."""
        with self._super("postgres") as connection:
            return str(connection.run("SHOW server_version").scalar).split()[0]

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[PostgresScratch]:
        """Copy a template in which the restricted owner ran `ddl`, and drop the copy at the end."""
        with self._lock:
            template = self._template(ddl, app_role, fill)
            name = f"scratch_{next(self._numbers)}"
            with self._super("postgres") as connection:
                connection.run(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {_OWNER} STRATEGY FILE_COPY")
                self._close_to_others(connection, name, app_role)
        try:
            yield self._scratch(name, app_role)
        finally:
            with self._super("postgres") as connection:
                connection.run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Stop the server, if it was started."""
        with self._lock:
            if self._server:
                self._server.stop()
            self._server = None
            self._templates.clear()
            self._passwords.clear()

    def _template(self, ddl: str, app_role: str, fill: Fill | None) -> str:
        digest = hashlib.sha256("\0".join((app_role, ddl, fill.key if fill else "")).encode()).hexdigest()[:16]
        if digest not in self._templates:
            name = f"template_{digest}"
            with self._super("postgres") as connection:
                for role in (_OWNER, app_role):
                    self._ensure_role(connection, role)
                connection.run(f"CREATE DATABASE {name} TEMPLATE template0 OWNER {_OWNER}")
                self._close_to_others(connection, name, app_role)
            try:
                with self._scratch(name, app_role).connect() as owner:
                    owner.script(ddl or "SELECT 1")
                if fill:
                    with self._super(name) as connection:
                        fill.load(connection)
            except BaseException:
                with suppress(EngineError), self._super("postgres") as connection:
                    connection.run(f"DROP DATABASE {name} WITH (FORCE)")
                raise
            self._templates[digest] = name
            self._forget_templates()
        self._templates.move_to_end(digest)
        return self._templates[digest]

    def _forget_templates(self) -> None:
        """Keep those used last: each is a whole database on disk."""
        while len(self._templates) > _TEMPLATES:
            _, name = self._templates.popitem(last=False)
            with self._super("postgres") as connection:
                connection.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _ensure_role(self, connection: PostgresConnection, role: str) -> None:
        if role in self._passwords:
            return
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role) or role.startswith("pg_") or role == "postgres":
            raise EngineError(f"{role!r} cannot be the application's role: use lower-case letters, digits and _")
        self._passwords[role] = secrets.token_urlsafe(24)
        connection.run(f"CREATE ROLE {role} {_UNPRIVILEGED} PASSWORD '{self._passwords[role]}'")

    @staticmethod
    def _close_to_others(connection: PostgresConnection, database: str, app_role: str) -> None:
        connection.run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        connection.run(f"GRANT CONNECT ON DATABASE {database} TO {app_role}")

    def _running(self) -> PostgresServer:
        with self._lock:
            if self._server is None:
                self._server = PostgresServer()
                with self._super("postgres") as connection:
                    for database in ("postgres", "template1"):
                        connection.run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            return self._server

    def _scratch(self, name: str, app_role: str) -> PostgresScratch:
        server = self._running()
        logins: dict[Role, tuple[str, str]] = {"superuser": ("postgres", server.password)}
        if _OWNER in self._passwords:
            logins["owner"] = (_OWNER, self._passwords[_OWNER])
            logins["app"] = (app_role, self._passwords[app_role])
        return PostgresScratch(server, name, logins)

    @contextmanager
    def _super(self, database: str) -> Iterator[PostgresConnection]:
        server = self._server or self._running()
        scratch = PostgresScratch(server, database, {"superuser": ("postgres", server.password)})
        with scratch.connect("superuser") as connection:
            yield connection


def _rejected(error: "psycopg.Error") -> Rejected:
    state = error.sqlstate or ""
    kind = _KINDS.get(state, "type" if state.startswith("22") else "missing" if state in _MISSING else "other")
    message = error.diag.message_primary or str(error)
    if error.diag.message_detail and state.startswith("23"):
        message = f"{message}: {error.diag.message_detail}"
    # a missing value is told by its column, as SQLite tells it
    column = f"{error.diag.table_name}.{error.diag.column_name}" if kind == "not-null" else ""
    name = column or error.diag.constraint_name or ""
    return Rejected("syntax" if state == "42601" else kind, message, constraint=name)


_MISSING = frozenset({"42P01", "42703", "42704", "3F000", "42883"})
