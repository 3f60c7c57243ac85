"""The MariaDB (and MySQL) engine: scratch databases on a private server or one named by URL, with restricted logins."""

import itertools
import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from langgraph_dba.cancellation import not_cancelled
from langgraph_dba.database.engines.base import Fill, Role
from langgraph_dba.database.engines.mariadb.connection import MariadbConnection
from langgraph_dba.database.engines.mariadb.driver import Address
from langgraph_dba.database.engines.mariadb.drop_scratch import drop_scratch
from langgraph_dba.database.engines.mariadb.resource_guard import guard
from langgraph_dba.database.engines.mariadb.server import SQL_MODE, MariadbServer
from langgraph_dba.database.engines.mariadb.traits import TRAITS, traits_of_version
from langgraph_dba.database.engines.mariadb.url import MariadbByUrl, url_from_environment
from langgraph_dba.database.engines.servers.watchdog import Bounds, Watchdog
from langgraph_dba.errors import EngineError, EngineFailed

_LIMITS = "WITH MAX_USER_CONNECTIONS 12"
_PLUGINS = ("performance_schema", "partition", "user_statistics", "server_audit")
_LONGEST_USER = 80  # characters of a user name in MariaDB
_OWNER_RIGHTS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE VIEW, SHOW VIEW, TRIGGER,"
    " CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT, LOCK TABLES, CREATE TEMPORARY TABLES"
)
_APP_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


class MariadbScratch:
    """A scratch database on a server."""

    def __init__(self, addresses: Mapping[Role, Address], watchdog: Watchdog | None = None) -> None:
        """Store the address and login of each role, and the watchdog."""
        self._addresses, self._watchdog = addresses, watchdog

    @contextmanager
    def connect(self, role: Role = "owner") -> Iterator[MariadbConnection]:
        connection = MariadbConnection(self._addresses[role], sql_mode=SQL_MODE, watchdog=self._watchdog)
        try:
            yield connection
        finally:
            connection.close()

    def url(self, role: Role = "owner") -> str:
        to = self._addresses[role]
        host, more = ("", f"&unix_socket={quote(to.socket, safe='')}") if to.socket else (f"{to.host}:{to.port}", "")
        return f"mariadb+pymysql://{to.user}:{quote(to.password, safe='')}@{host}/{to.database}?charset=utf8mb4{more}"


class MariadbEngine:
    """A server that starts on first use and stops with `close()` or at the end of the process."""

    def __init__(self, bounds: Bounds = Bounds()) -> None:  # noqa: B008  frozen
        """Do not start the server yet; `bounds` limits the resources of a private server."""
        self._bounds = bounds
        self._watchdog: Watchdog | None = None
        self.traits = TRAITS
        self._server: MariadbServer | MariadbByUrl | None = None
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)

    def version(self) -> str:
        """Return the version of the server, such as `10.11.6`; starts it if necessary."""
        return self._full_version().split("-")[0]

    @property
    def origin(self) -> str:
        """The source of the server: its program, or the URL without its password."""
        return self._running().origin

    def features(self) -> Mapping[str, str]:
        """Return the storage engines, and whether the plug-ins that proofs use are active."""
        engines = "SELECT engine FROM information_schema.engines WHERE support IN ('YES', 'DEFAULT') ORDER BY engine"
        plugins = "SELECT plugin_name FROM information_schema.plugins WHERE plugin_status = 'ACTIVE'"
        with self._super() as connection:
            engine_names = [str(name) for (name,) in connection.run(engines).rows]
            active = {str(name).lower() for (name,) in connection.run(plugins).rows}
        statuses = {name: "active" if name in active else "not active" for name in _PLUGINS}
        return {"storage engines": ", ".join(engine_names), **statuses}

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[MariadbScratch]:
        """Create a database with its own owner and application login, run `ddl` as owner, and drop them at the end."""
        _validate_role(app_role)
        server = self._running()
        name = f"{server.prefix}_{next(self._numbers)}"
        # logins belong to the server, not to a database: the name of the database makes them unique
        users = {"owner": f"{name}_owner", "app": f"{name}_{app_role}"[:_LONGEST_USER]}
        try:
            with self._stopping_on_failure(server), self._super() as root:
                scratch = self._create(root, name, users)
            with scratch.connect() as owner:
                owner.script(ddl)
            if fill:
                with scratch.connect("superuser") as root:
                    fill.load(root)
            yield scratch
        finally:
            if server.alive:  # the databases of a stopped server are gone
                with not_cancelled(), suppress(EngineFailed), self._stopping_on_failure(server), self._super() as root:
                    drop_scratch(root, [name], list(users.values()), server.host)

    def provide_roles(self, names: Sequence[str]) -> str:
        """Return that scripts cannot name logins and roles of other databases."""
        del names
        return "on MariaDB, a scratch database has logins of its own"

    def close(self) -> None:
        """Stop the server if it was started; on a server named by URL, drop the scratch databases and logins."""
        with self._lock:
            if self._watchdog:
                self._watchdog.stop()
            if self._server:
                self._server.stop()
            self._server = self._watchdog = None

    @contextmanager
    def _stopping_on_failure(self, server: MariadbServer | MariadbByUrl) -> Iterator[None]:
        """Stop a private server that fails to create or drop databases; the next use starts another."""
        try:
            yield
        except EngineFailed:
            if isinstance(server, MariadbServer):
                server.stop()
            raise

    def _create(self, root: MariadbConnection, name: str, users: Mapping[str, str]) -> MariadbScratch:
        server = self._running()
        passwords = {user: secrets.token_urlsafe(24) for user in users.values()}
        within = name.replace("_", r"\_")  # in GRANT, an unescaped _ matches any character
        root.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {self.traits.collation}")
        for user, password in passwords.items():
            root.run(f"CREATE USER {user}@'{server.host}' IDENTIFIED BY '{password}' {_LIMITS}")
        root.run(f"GRANT {_OWNER_RIGHTS} ON `{within}`.* TO {users['owner']}@'{server.host}' WITH GRANT OPTION")
        root.run(f"GRANT {_APP_RIGHTS} ON `{within}`.* TO {users['app']}@'{server.host}'")
        superuser = replace(server.superuser, database=name)
        logins = {r: replace(superuser, user=users[r], password=passwords[users[r]]) for r in ("owner", "app")}
        roles: dict[Role, Address] = {"superuser": superuser, "owner": logins["owner"], "app": logins["app"]}
        return MariadbScratch(roles, self._watchdog)

    def _running(self) -> MariadbServer | MariadbByUrl:
        with self._lock:
            if self._server is not None and not self._server.alive:
                self._server.stop()
                self._server = None
            if self._server is None:
                url = url_from_environment()
                self._server = MariadbByUrl(url, sql_mode=SQL_MODE) if url else MariadbServer()
                self.traits = traits_of_version(self._full_version())
                if isinstance(self._server, MariadbServer):
                    self._watchdog = guard(self._server, self._bounds, partial(_connect_as_superuser, self._server))
            return self._server

    def _full_version(self) -> str:
        with self._super() as connection:
            return str(connection.run("SELECT version()").scalar)

    @contextmanager
    def _super(self) -> Iterator[MariadbConnection]:
        with MariadbScratch({"superuser": self._running().superuser}).connect("superuser") as connection:
            yield connection


def _connect_as_superuser(server: MariadbServer) -> MariadbConnection:
    """Connect to this server; after a restart the engine has another server object."""
    return MariadbConnection(server.superuser, sql_mode=SQL_MODE)


def _validate_role(role: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", role):
        raise EngineError(f"{role!r} cannot be the application's role: use lower-case letters, digits and _")
