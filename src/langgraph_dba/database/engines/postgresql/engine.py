"""The PostgreSQL engine: scratch databases on a private server or one named by URL, used by restricted roles.

Connections log in as the role: after SET ROLE a script could RESET ROLE and become superuser.
"""

import hashlib
import itertools
import re
import secrets
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import quote

from psycopg.conninfo import make_conninfo

from langgraph_dba.cancellation import not_cancelled
from langgraph_dba.database.engines.base import Fill, Role, Traits
from langgraph_dba.database.engines.postgresql.connection import PostgresConnection
from langgraph_dba.database.engines.postgresql.extensions import create_extensions
from langgraph_dba.database.engines.postgresql.provided_roles import create_missing_roles
from langgraph_dba.database.engines.postgresql.resource_guard import PostgresGuard
from langgraph_dba.database.engines.postgresql.server import PostgresServer, usual_options
from langgraph_dba.database.engines.postgresql.superuser_links import SuperuserLinks
from langgraph_dba.database.engines.postgresql.traits import TRAITS, traits_of_version
from langgraph_dba.database.engines.postgresql.url import ROLE_COMMENT, PostgresByUrl, url_from_environment
from langgraph_dba.database.engines.servers.watchdog import Bounds
from langgraph_dba.errors import EngineError, EngineFailed

_TEMPLATES = 12  # each is a whole database on disk
_EXTENSIONS = (
    "pg_stat_statements", "pgstattuple", "pg_trgm", "btree_gist", "btree_gin", "citext", "pgcrypto", "pg_buffercache",
    "vector", "hypopg",
)  # fmt: skip
_UNPRIVILEGED = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 12"


class PostgresScratch:
    """A scratch database on a server."""

    def __init__(
        self,
        address: Mapping[str, str],
        name: str,
        logins: Mapping[Role, tuple[str, str]],
        guard: PostgresGuard | None = None,
    ) -> None:
        """Store the address of the server, the name of the database, (user, password) by role, and the guard."""
        self._address, self._name, self._logins, self._guard = address, name, logins, guard

    @contextmanager
    def connect(self, role: Role = "owner") -> Iterator[PostgresConnection]:
        user, password = self._logins[role]
        # an earlier script may have changed the password of its own role
        if self._guard and role != "superuser":
            self._guard.restore_roles()
        login = {**self._address, "dbname": self._name, "user": user, "password": password}
        connection = PostgresConnection(make_conninfo(**login), self._guard)
        try:
            yield connection
        finally:
            connection.close()

    def url(self, role: Role = "owner") -> str:
        user, password = self._logins[role]
        options = "&".join(
            f"{name}={quote(value, safe='')}"
            for name, value in self._address.items()
            if usual_options().get(name) != value
        )
        return f"postgresql+psycopg://{user}:{quote(password, safe='')}@/{self._name}?{options}"


class PostgresEngine:
    """A server that starts on first use and stops with `close()` or at the end of the process."""

    def __init__(self, bounds: Bounds = Bounds()) -> None:  # noqa: B008  frozen
        """Do not start the server yet; `bounds` limits the resources of a private server."""
        self._bounds = bounds
        self._guard: PostgresGuard | None = None
        self.traits = TRAITS
        self._server: PostgresServer | PostgresByUrl | None = None
        self._version = ""  # of the running server
        self._links: SuperuserLinks | None = None  # to the running server
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._templates: OrderedDict[str, str] = OrderedDict()
        self._building: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._passwords: dict[str, str] = {}
        self._provided_roles: dict[str, None] = {}  # kept for the next server if this one fails

    def version(self) -> str:
        """Return the version of the server, such as `18.6`; starts it if necessary."""
        self._running()
        return self._version

    @property
    def origin(self) -> str:
        """The source of the server: its programs, or the URL without its password."""
        return self._running().origin

    def features(self) -> Mapping[str, str]:
        """Return the installed extensions that proofs use, and the missing ones."""
        with self._administering() as connection:
            rows = connection.run("SELECT name, default_version FROM pg_available_extensions").rows
        versions = {str(name): str(version) for name, version in rows}
        installed = ", ".join(f"{name} {versions[name]}" for name in _EXTENSIONS if name in versions)
        missing = ", ".join(name for name in _EXTENSIONS if name not in versions)
        hint = "for an installed server, packages of your distribution contain them"
        return {"extensions": installed or "none"} | ({"missing": f"{missing} ({hint})"} if missing else {})

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[PostgresScratch]:
        """Copy a template database in which the restricted owner ran `ddl`, and drop the copy at the end."""
        server = self._running()
        with self._stopping_on_failure(server):
            name = self._copy(ddl, app_role, fill)
        try:
            yield self._scratch(name, app_role)
        finally:
            if server.alive:  # the databases of a stopped server are gone
                with not_cancelled(), suppress(EngineFailed), self._stopping_on_failure(server):
                    with self._administering() as connection:
                        connection.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def provide_roles(self, names: Sequence[str]) -> str:
        """Create roles without login and privileges on a private server; they exist as long as the engine."""
        server = self._running()
        if isinstance(server, PostgresByUrl):
            return f"roles belong to the whole server, and nothing is changed on {server.origin}"
        with self._lock, self._administering() as connection:
            self._provided_roles |= dict.fromkeys(names)
            create_missing_roles(connection, self._provided_roles)
        return ""

    def close(self) -> None:
        """Stop the server if it was started; on a server named by URL, drop the scratch databases and roles."""
        with self._lock:
            if self._server:
                self._server.stop()
            self._forget()

    @contextmanager
    def _stopping_on_failure(self, server: PostgresServer | PostgresByUrl) -> Iterator[None]:
        """Stop a private server that fails to create or drop databases; the next use starts another."""
        # mostly a full disk: stopping removes the folder
        try:
            yield
        except EngineFailed:
            if isinstance(server, PostgresServer):
                server.stop()
            raise

    def _forget(self) -> None:
        if self._guard:
            self._guard.close()
        if self._links:
            self._links.close()
        self._server = self._guard = self._links = None
        self._templates.clear()
        self._passwords.clear()

    def _fresh_name(self) -> str:
        return f"{self._running().prefix}_{next(self._numbers)}"

    @property
    def _owner(self) -> str:
        return f"{self._running().prefix}_owner"

    def _copy(self, ddl: str, app_role: str, fill: Fill | None) -> str:
        """Copy the template of these statements and rows, building it if needed; return the name of the copy."""
        digest = hashlib.sha256("\0".join((app_role, ddl, fill.key if fill else "")).encode()).hexdigest()[:16]
        while True:
            # Filling a template takes up to a second: other templates are built and copied meanwhile.
            with self._building[digest]:
                if digest not in self._templates:
                    template = self._build_template(ddl, app_role, fill)
                    with self._lock:
                        self._templates[digest] = template
                        self._forget_templates()
            with self._lock:
                if digest not in self._templates:
                    continue  # enough others were built meanwhile to drop this one
                self._templates.move_to_end(digest)
                name = self._fresh_name()
                with self._administering() as connection:
                    source = self._templates[digest]
                    connection.run(f"CREATE DATABASE {name} TEMPLATE {source}{_copy_strategy(self.traits)}")
                    self._restrict_access(connection, name, app_role)
                return name

    def _build_template(self, ddl: str, app_role: str, fill: Fill | None) -> str:
        name = self._fresh_name()
        with self._administering() as connection:
            with self._lock:
                for role in (self._owner, app_role):
                    self._ensure_role(connection, role)
                create_missing_roles(connection, self._provided_roles)
            connection.run(f"CREATE DATABASE {name} TEMPLATE template0")
            self._restrict_access(connection, name, app_role)
        try:
            with self._super(name) as connection:
                # since version 15 only the owner of `public` may create tables in it
                connection.run(f"ALTER SCHEMA public OWNER TO {self._owner}")
                create_extensions(connection, ddl, self._owner)
            with self._scratch(name, app_role).connect() as owner:
                owner.script(ddl or "SELECT 1")
            # as superuser: policies of a table with FORCE apply to its owner too
            if fill:
                with self._super(name) as connection:
                    fill.load(connection)
        except BaseException:
            with not_cancelled(), suppress(EngineError), self._administering() as connection:
                connection.run(f"DROP DATABASE {name} WITH (FORCE)")
            raise
        return name

    def _forget_templates(self) -> None:
        """Drop the least recently used templates."""
        while len(self._templates) > _TEMPLATES:
            _, name = self._templates.popitem(last=False)
            with self._administering() as connection:
                connection.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _ensure_role(self, connection: PostgresConnection, role: str) -> None:
        if role in self._passwords:
            return
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role) or role.startswith("pg_") or role == "postgres":
            raise EngineError(f"{role!r} cannot be the application's role: use lower-case letters, digits and _")
        server = self._running()
        password = server.password_of(role) if isinstance(server, PostgresByUrl) else secrets.token_urlsafe(24)
        comments = connection.run("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = :role",
                               {"role": role}).rows  # fmt: skip
        if comments and comments[0][0] != ROLE_COMMENT:
            raise EngineError(
                f"{server.origin} has a role {role} that langgraph-dba did not create: use another application role"
            )
        connection.run(f"{'ALTER' if comments else 'CREATE'} ROLE {role} {_UNPRIVILEGED} PASSWORD '{password}'")
        connection.run(f"COMMENT ON ROLE {role} IS '{ROLE_COMMENT}'")
        self._passwords[role] = password
        if self._guard:
            self._guard.remember(role)

    def _restrict_access(self, connection: PostgresConnection, database: str, app_role: str) -> None:
        connection.run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        # not OWNER: all scratch databases share the owner role, which could then alter or drop the others
        connection.run(f"GRANT CREATE, TEMPORARY, CONNECT ON DATABASE {database} TO {self._owner}")
        connection.run(f"GRANT CONNECT ON DATABASE {database} TO {app_role}")

    def _running(self) -> PostgresServer | PostgresByUrl:
        with self._lock:
            if self._server is not None and not self._server.alive:
                self._server.stop()
                self._forget()
            if self._server is None:
                url = url_from_environment()
                server = self._server = PostgresByUrl(url, PostgresConnection) if url else PostgresServer()
                self._links = SuperuserLinks(lambda: _connect_as_superuser(server), kept=not url)
                try:
                    with self._administering() as connection:
                        self._version = str(connection.run("SHOW server_version").scalar).split()[0]
                except BaseException:
                    server.stop()
                    self._forget()  # the next use tries again
                    raise
                self.traits = traits_of_version(self._version)
                if isinstance(server, PostgresServer):
                    self._restrict_default_databases()
                    self._guard = PostgresGuard(server, self._bounds, self._links.link)
            return self._server

    def _restrict_default_databases(self) -> None:
        with self._administering() as connection:
            for database in ("postgres", "template1"):
                connection.run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")

    def _scratch(self, name: str, app_role: str) -> PostgresScratch:
        server = self._running()
        logins: dict[Role, tuple[str, str]] = {"superuser": server.superuser}
        if self._owner in self._passwords:
            logins["owner"] = (self._owner, self._passwords[self._owner])
            logins["app"] = (app_role, self._passwords[app_role])
        return PostgresScratch(server.address, name, logins, self._guard)

    @contextmanager
    def _administering(self) -> Iterator[PostgresConnection]:
        """Connect as superuser to the database that no script uses."""
        self._running()
        assert self._links is not None
        with self._links.link() as link:
            yield link

    @contextmanager
    def _super(self, database: str) -> Iterator[PostgresConnection]:
        server = self._running()
        with PostgresScratch(server.address, database, {"superuser": server.superuser}).connect("superuser") as link:
            yield link


def _connect_as_superuser(server: PostgresServer | PostgresByUrl) -> PostgresConnection:
    """Connect to this server; after a restart the engine has another server object."""
    user, password = server.superuser
    return PostgresConnection(
        make_conninfo(**{**server.address, "dbname": "postgres", "user": user, "password": password})
    )


def _copy_strategy(traits: Traits) -> str:
    # FILE_COPY instead of WAL_LOG: 0.25 s for 163 MB
    return " STRATEGY FILE_COPY" if traits.chooses_copying else ""
