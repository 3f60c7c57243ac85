"""PostgreSQL: scratch databases in a server of our own, logged in *as* restricted roles."""

import hashlib
import itertools
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from urllib.parse import quote

from psycopg.conninfo import make_conninfo

from langgraph_dba.database.engines.base import Fill, Role, Traits
from langgraph_dba.database.engines.postgresql.connection import PostgresConnection
from langgraph_dba.database.engines.postgresql.resource_guard import PostgresGuard
from langgraph_dba.database.engines.postgresql.server import PostgresServer
from langgraph_dba.database.engines.postgresql.traits import TRAITS, traits_of_version
from langgraph_dba.database.engines.postgresql.url import ROLE_COMMENT, GivenPostgres, given_url
from langgraph_dba.database.engines.servers.watchdog import Bounds
from langgraph_dba.errors import EngineError, EngineFailed

_TEMPLATES = 12
_EXTENSIONS = (
    "pg_stat_statements", "pgstattuple", "pg_trgm", "btree_gist", "btree_gin", "citext", "pgcrypto", "pg_buffercache",
    "vector", "hypopg",
)  # fmt: skip
_UNPRIVILEGED = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 12"


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
        connection = PostgresConnection(make_conninfo(**login), self._guard)
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
        """Start nothing yet. `bounds`: of a server of our own."""
        self._bounds = bounds
        self._guard: PostgresGuard | None = None
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
    def _abandoning(self, server: PostgresServer | GivenPostgres) -> Iterator[None]:
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

    def _running(self) -> PostgresServer | GivenPostgres:
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
                    self._guard = PostgresGuard(self._server, self._bounds, partial(_steward, self._server))
            return self._server

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


def _steward(server: PostgresServer) -> PostgresConnection:
    """Connect to this server, and to no other that took its place."""
    user, password = server.superuser
    return PostgresConnection(
        make_conninfo(**{**server.place, "dbname": "postgres", "user": user, "password": password})
    )


def _copying(traits: Traits) -> str:
    return " STRATEGY FILE_COPY" if traits.chooses_copying else ""
