"""MariaDB (and MySQL): scratch databases in a server of our own, logged in *as* restricted accounts."""

import itertools
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from langgraph_dba.database.engines.base import Fill, Role
from langgraph_dba.database.engines.mariadb.connection import MariadbConnection
from langgraph_dba.database.engines.mariadb.driver import Address
from langgraph_dba.database.engines.mariadb.drop_scratch import unmake
from langgraph_dba.database.engines.mariadb.resource_guard import guard
from langgraph_dba.database.engines.mariadb.server import SQL_MODE, MariadbServer
from langgraph_dba.database.engines.mariadb.traits import TRAITS, traits_of_version
from langgraph_dba.database.engines.mariadb.url import GivenMariadb, given_url
from langgraph_dba.database.engines.servers.watchdog import Bounds, Watchdog
from langgraph_dba.errors import EngineError, EngineFailed

_LIMITS = "WITH MAX_USER_CONNECTIONS 12"
_PLUGINS = ("performance_schema", "partition", "user_statistics", "server_audit")
_LONGEST_USER = 80
_OWNER_RIGHTS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE VIEW, SHOW VIEW, TRIGGER,"
    " CREATE ROUTINE, ALTER ROUTINE, EXECUTE, LOCK TABLES, CREATE TEMPORARY TABLES"
)
_APP_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


class MariadbScratch:
    """One disposable database of the server."""

    def __init__(self, addresses: Mapping[Role, Address], watchdog: Watchdog | None = None) -> None:
        """Remember who may log in, and where, and who watches over it."""
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
        place, more = ("", f"&unix_socket={quote(to.socket, safe='')}") if to.socket else (f"{to.host}:{to.port}", "")
        return f"mariadb+pymysql://{to.user}:{quote(to.password, safe='')}@{place}/{to.database}?charset=utf8mb4{more}"


class MariadbEngine:
    """A server that starts when it is first needed and stops with `close()`, or with the process."""

    def __init__(self, bounds: Bounds = Bounds()) -> None:  # noqa: B008  frozen
        """Start nothing yet. `bounds`: of a server of our own."""
        self._bounds = bounds
        self._watchdog: Watchdog | None = None
        self.traits = TRAITS
        self._server: MariadbServer | GivenMariadb | None = None
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)

    def version(self) -> str:
        """Return the server's version, such as `10.11.6`; starts it."""
        return self._told_version().split("-")[0]

    @property
    def origin(self) -> str:
        """Where the server comes from: its program, or the URL without its password."""
        return self._running().origin

    def features(self) -> Mapping[str, str]:
        """Return the storage engines that can be used, and the plug-ins that proofs ask for."""
        engines = "SELECT engine FROM information_schema.engines WHERE support IN ('YES', 'DEFAULT') ORDER BY engine"
        plugins = "SELECT plugin_name FROM information_schema.plugins WHERE plugin_status = 'ACTIVE'"
        with self._super() as connection:
            there = [str(name) for (name,) in connection.run(engines).rows]
            active = {str(name).lower() for (name,) in connection.run(plugins).rows}
        asked = {name: "active" if name in active else "not active" for name in _PLUGINS}
        return {"storage engines": ", ".join(there), **asked}

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[MariadbScratch]:
        """Make a database with an owner and an application of its own, let the owner run `ddl`, drop all at the end."""
        _checked(app_role)
        server = self._running()
        name = f"{server.prefix}_{next(self._numbers)}"
        users = {"owner": f"{name}_owner", "app": f"{name}_{app_role}"[:_LONGEST_USER]}
        try:
            with self._abandoning(server), self._super() as root:
                scratch = self._make(root, name, users)
            with scratch.connect() as owner:
                owner.script(ddl)
            if fill:
                with scratch.connect("superuser") as root:
                    fill.load(root)
            yield scratch
        finally:
            if server.alive:  # a server that is gone took its databases along
                with suppress(EngineFailed), self._abandoning(server), self._super() as root:
                    unmake(root, [name], list(users.values()), server.host)

    def close(self) -> None:
        """Stop the server, if it was started; one that a URL names loses only what was made on it."""
        with self._lock:
            if self._watchdog:
                self._watchdog.stop()
            if self._server:
                self._server.stop()
            self._server = self._watchdog = None

    @contextmanager
    def _abandoning(self, server: MariadbServer | GivenMariadb) -> Iterator[None]:
        """Give up a server of our own that fails at what keeps it usable (its disk is full): the next is a new one."""
        try:
            yield
        except EngineFailed:
            if isinstance(server, MariadbServer):
                server.stop()
            raise

    def _make(self, root: MariadbConnection, name: str, users: Mapping[str, str]) -> MariadbScratch:
        server = self._running()
        passwords = {user: secrets.token_urlsafe(24) for user in users.values()}
        within = name.replace("_", r"\_")  # in a grant, a bare _ would stand for any letter
        root.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {self.traits.collation}")
        for user, password in passwords.items():
            root.run(f"CREATE USER {user}@'{server.host}' IDENTIFIED BY '{password}' {_LIMITS}")
        root.run(f"GRANT {_OWNER_RIGHTS} ON `{within}`.* TO {users['owner']}@'{server.host}' WITH GRANT OPTION")
        root.run(f"GRANT {_APP_RIGHTS} ON `{within}`.* TO {users['app']}@'{server.host}'")
        everybody = replace(server.superuser, database=name)
        logins = {r: replace(everybody, user=users[r], password=passwords[users[r]]) for r in ("owner", "app")}
        roles: dict[Role, Address] = {"superuser": everybody, "owner": logins["owner"], "app": logins["app"]}
        return MariadbScratch(roles, self._watchdog)

    def _running(self) -> MariadbServer | GivenMariadb:
        with self._lock:
            if self._server is not None and not self._server.alive:
                self._server.stop()
                self._server = None
            if self._server is None:
                url = given_url()
                self._server = GivenMariadb(url, sql_mode=SQL_MODE) if url else MariadbServer()
                self.traits = traits_of_version(self._told_version())
                if isinstance(self._server, MariadbServer):
                    self._watchdog = guard(self._server, self._bounds, partial(_steward, self._server))
            return self._server

    def _told_version(self) -> str:
        with self._super() as connection:
            return str(connection.run("SELECT version()").scalar)

    @contextmanager
    def _super(self) -> Iterator[MariadbConnection]:
        with MariadbScratch({"superuser": self._running().superuser}).connect("superuser") as connection:
            yield connection


def _steward(server: MariadbServer) -> MariadbConnection:
    """Connect to this server, and to no other that took its place."""
    return MariadbConnection(server.superuser, sql_mode=SQL_MODE)


def _checked(role: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", role):
        raise EngineError(f"{role!r} cannot be the application's role: use lower-case letters, digits and _")
