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
from langgraph_dba.database.engines.postgres_url import ROLE_COMMENT, GivenPostgres, given_url
from langgraph_dba.database.engines.postgresql_guard import PostgresGuard
from langgraph_dba.database.engines.postgresql_words import WORDS
from langgraph_dba.database.engines.records import flat
from langgraph_dba.database.engines.time_limit import out_of_time, time_left
from langgraph_dba.database.engines.versions import Since, at
from langgraph_dba.database.engines.watchdog import Bounds
from langgraph_dba.errors import EngineError, EngineFailed, EngineUnavailable, OverLimit

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
    counts_pages=True,
    measures_bloat=True,
    keeps=frozenset(
        {
            *("order", "unique-indexes", "no-action", "comments", "include", "index-methods", "operator-classes"),
            *("null-order", "partial-indexes", "expressions", "collations", "nulls-equal", "deferrable", "exclusion"),
            *("types", "sequences", "routines", "materialised-views", "partitions", "policies", "roles"),
            *("identity-options", "settings", "extensions", "match-full", "unvalidated"),
        }
    ),
    copies_databases=True,
    words=WORDS,
    security_invoker_views=True,
    chooses_copying=True,
)
# what came with which version; versions before it have the value named
HISTORY = (
    Since("null_some_columns", (15,), before=False),
    Since("security_invoker_views", (15,), before=False),
    Since("nulls_not_distinct", (15,), before=False),
    Since("chooses_copying", (15,), before=False),
    Since("include_columns", (11,), before=False),
)


def traits_of_version(version: str) -> Traits:
    """Return what a version can do."""
    return at(TRAITS, HISTORY, version)


_KINDS: dict[str, ViolationKind] = {
    "23505": "unique",
    "23503": "foreign-key",
    "23001": "foreign-key",  # RESTRICT, from version 18 on
    "23514": "check",
    "23502": "not-null",
    "42501": "permission",
    "57014": "time-limit",
}
_TEMPLATES = 12
_EXTENSIONS = (
    "pg_stat_statements", "pgstattuple", "pg_trgm", "btree_gist", "btree_gin", "citext", "pgcrypto", "pg_buffercache",
    "vector", "hypopg",
)  # fmt: skip
_STATEMENT_LIMIT_S = 120.0
_UNPRIVILEGED = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 12"


class PostgresConnection:
    """One link in one role; every statement has a time limit that the client keeps, because a role can lift its own."""

    def __init__(self, conninfo: str, guard: PostgresGuard | None = None) -> None:
        """Connect; a guard knows why it ended a connection."""
        self._guard = guard
        try:
            self._link = psycopg.connect(conninfo, autocommit=True, options="-c search_path=public")
        except psycopg.Error as error:
            raise EngineFailed(f"the server does not let anybody in: {' '.join(str(error).split())}") from None
        self._pid = self._link.info.backend_pid

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
            if not self._link.closed:  # a link that broke has nothing to undo
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
            with suppress(EngineError):  # the first error is the one that tells
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

    def analyze(self, table: str = "") -> None:
        self.run(f"VACUUM ANALYZE {table}")

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
            raise _refusal(error) from None
        except psycopg.Error as error:
            raise (self._ended(error) if self._link.closed else _refusal(error)) from None
        finally:
            timer.cancel()

    def _ended(self, error: "psycopg.Error") -> EngineError:
        over = self._guard.watchdog.verdict(self._pid) if self._guard else ""
        return OverLimit(f"{over}: the connection was ended") if over else _lost(error)


class PostgresScratch:
    """One disposable database of a server."""

    def __init__(
        self,
        place: Mapping[str, str],
        name: str,
        logins: Mapping[Role, tuple[str, str]],
        guard: PostgresGuard | None = None,
    ) -> None:
        """Remember where the server is, the database, who may log in to it, and who watches over it."""
        self._place, self._name, self._logins, self._guard = place, name, logins, guard

    @contextmanager
    def connect(self, role: Role = "owner") -> Iterator[PostgresConnection]:
        user, password = self._logins[role]
        if self._guard and role != "superuser":
            self._guard.put_right()
        login = {**self._place, "dbname": self._name, "user": user, "password": password}
        connection = PostgresConnection(psycopg.conninfo.make_conninfo(**login), self._guard)
        try:
            yield connection
        finally:
            connection.close()

    def url(self, role: Role = "owner") -> str:
        user, password = self._logins[role]
        options = "&".join(f"{name}={quote(value, safe='')}" for name, value in self._place.items())
        return f"postgresql+psycopg://{user}:{quote(password, safe='')}@/{self._name}?{options}"


class PostgresEngine:
    """A server that starts when it is first needed and stops with `close()`, or with the process."""

    def __init__(self, bounds: Bounds = Bounds()) -> None:  # noqa: B008  frozen
        """Start nothing yet; EngineUnavailable if the driver is missing. `bounds`: of a server of our own."""
        self._bounds = bounds
        self._guard: PostgresGuard | None = None
        if psycopg is None:
            raise EngineUnavailable(f"the PostgreSQL driver is not installed: {INSTALL_HINT}")
        self.traits = TRAITS
        self._server: PostgresServer | GivenPostgres | None = None
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._templates: OrderedDict[str, str] = OrderedDict()
        self._passwords: dict[str, str] = {}

    def version(self) -> str:
        """Return the server's version, such as `18.6`; starts it."""
        with self._super("postgres") as connection:
            return str(connection.run("SHOW server_version").scalar).split()[0]

    @property
    def origin(self) -> str:
        """Where the server comes from: whose programs, or the URL without its password."""
        return self._running().origin

    def features(self) -> Mapping[str, str]:
        """Return the extensions that proofs can use, and those that are not there."""
        with self._super("postgres") as connection:
            rows = connection.run("SELECT name, default_version FROM pg_available_extensions").rows
        known = {str(name): str(version) for name, version in rows}
        there = ", ".join(f"{name} {known[name]}" for name in _EXTENSIONS if name in known)
        missing = ", ".join(name for name in _EXTENSIONS if name not in known)
        hint = "packages of your distribution bring them, for a server of the machine"
        return {"extensions": there or "none"} | ({"not there": f"{missing} ({hint})"} if missing else {})

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[PostgresScratch]:
        """Copy a template in which the restricted owner ran `ddl`, and drop the copy at the end."""
        server = self._running()
        with self._lock, self._abandoning(server):
            template = self._template(ddl, app_role, fill)
            name = self._fresh_name()
            with self._super("postgres") as connection:
                connection.run(f"CREATE DATABASE {name} TEMPLATE {template}{_copying(self.traits)}")
                self._close_to_others(connection, name, app_role)
        try:
            yield self._scratch(name, app_role)
        finally:
            if server.alive:  # a server that is gone took its databases along
                with suppress(EngineFailed), self._abandoning(server), self._super("postgres") as connection:
                    connection.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Stop the server, if it was started; one that a URL names loses only what was made on it."""
        with self._lock:
            if self._server:
                self._server.stop()
            self._forget()

    @contextmanager
    def _abandoning(self, server: "PostgresServer | GivenPostgres") -> Iterator[None]:
        """Give up a server of our own that fails at what keeps it usable (its disk is full): the next is a new one."""
        try:
            yield
        except EngineFailed:
            if isinstance(server, PostgresServer):
                server.stop()
            raise

    def _forget(self) -> None:
        if self._guard:
            self._guard.close()
        self._server = self._guard = None
        self._templates.clear()
        self._passwords.clear()

    def _fresh_name(self) -> str:
        return f"{self._running().prefix}_{next(self._numbers)}"

    @property
    def _owner(self) -> str:
        return f"{self._running().prefix}_owner"

    def _template(self, ddl: str, app_role: str, fill: Fill | None) -> str:
        digest = hashlib.sha256("\0".join((app_role, ddl, fill.key if fill else "")).encode()).hexdigest()[:16]
        if digest not in self._templates:
            name = self._fresh_name()
            with self._super("postgres") as connection:
                for role in (self._owner, app_role):
                    self._ensure_role(connection, role)
                connection.run(f"CREATE DATABASE {name} TEMPLATE template0")
                self._close_to_others(connection, name, app_role)
            try:
                with self._super(name) as connection:
                    connection.run(f"ALTER SCHEMA public OWNER TO {self._owner}")
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
        server = self._running()
        password = server.password_of(role) if isinstance(server, GivenPostgres) else secrets.token_urlsafe(24)
        known = connection.run("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = :role",
                               {"role": role}).rows  # fmt: skip
        if known and known[0][0] != ROLE_COMMENT:
            raise EngineError(
                f"{server.origin} has a role {role} already, which is not ours: name another one for the application"
            )
        connection.run(f"{'ALTER' if known else 'CREATE'} ROLE {role} {_UNPRIVILEGED} PASSWORD '{password}'")
        connection.run(f"COMMENT ON ROLE {role} IS '{ROLE_COMMENT}'")
        self._passwords[role] = password
        if self._guard:
            self._guard.remember(role)

    def _close_to_others(self, connection: PostgresConnection, database: str, app_role: str) -> None:
        connection.run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        # its owner would own the others too, and could change or drop them: it gets what an owner works with
        connection.run(f"GRANT CREATE, TEMPORARY, CONNECT ON DATABASE {database} TO {self._owner}")
        connection.run(f"GRANT CONNECT ON DATABASE {database} TO {app_role}")

    def _running(self) -> "PostgresServer | GivenPostgres":
        with self._lock:
            if self._server is not None and not self._server.alive:
                self._server.stop()
                self._forget()
            if self._server is None:
                url = given_url()
                self._server = GivenPostgres(url, PostgresConnection) if url else PostgresServer()
                self.traits = traits_of_version(self.version())
                if isinstance(self._server, PostgresServer):
                    self._close_the_others()
                    self._guard = PostgresGuard(self._server, self._bounds, self._steward)
            return self._server

    def _steward(self) -> PostgresConnection:
        server = self._running()
        user, password = server.superuser
        return PostgresConnection(
            psycopg.conninfo.make_conninfo(**{**server.place, "dbname": "postgres", "user": user, "password": password})
        )

    def _close_the_others(self) -> None:
        with self._super("postgres") as connection:
            for database in ("postgres", "template1"):
                connection.run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")

    def _scratch(self, name: str, app_role: str) -> PostgresScratch:
        server = self._running()
        logins: dict[Role, tuple[str, str]] = {"superuser": server.superuser}
        if self._owner in self._passwords:
            logins["owner"] = (self._owner, self._passwords[self._owner])
            logins["app"] = (app_role, self._passwords[app_role])
        return PostgresScratch(server.place, name, logins, self._guard)

    @contextmanager
    def _super(self, database: str) -> Iterator[PostgresConnection]:
        server = self._running()
        with PostgresScratch(server.place, database, {"superuser": server.superuser}).connect("superuser") as link:
            yield link


def _copying(traits: Traits) -> str:
    return " STRATEGY FILE_COPY" if traits.chooses_copying else ""


def _lost(error: "psycopg.Error") -> EngineFailed:
    return EngineFailed(f"the connection to the server was lost ({' '.join(str(error).split())})")


def _refusal(error: "psycopg.Error") -> EngineError:
    state = error.sqlstate or ""
    if state.startswith(_BROKEN):
        return EngineFailed(f"the server broke down: {error.diag.message_primary}")
    kind = _KINDS.get(state, "type" if state.startswith("22") else "missing" if state in _MISSING else "other")
    message = error.diag.message_primary or str(error)
    if error.diag.message_detail and state.startswith("23"):
        message = f"{message}: {error.diag.message_detail}"
    # a missing value is told by its column, as SQLite tells it
    column = f"{error.diag.table_name}.{error.diag.column_name}" if kind == "not-null" else ""
    name = column or error.diag.constraint_name or ""
    return Rejected("syntax" if state == "42601" else kind, message, constraint=name)


_MISSING = frozenset({"42P01", "42703", "42704", "3F000", "42883"})
# connection, disk full, operator intervention, system error, internal error
_BROKEN = ("08", "53100", "57P", "58", "XX")
