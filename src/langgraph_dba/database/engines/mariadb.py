"""MariaDB (and MySQL): scratch databases in a server of our own, logged in *as* restricted accounts."""

import itertools
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote

from langgraph_dba.database.engines.base import Fill, Role, Traits
from langgraph_dba.database.engines.mariadb_server import SQL_MODE, MariadbServer
from langgraph_dba.database.engines.mariadb_words import WORDS
from langgraph_dba.errors import EngineError, EngineUnavailable

if TYPE_CHECKING:  # the driver is an extra: it is loaded when a connection is opened
    from langgraph_dba.database.engines.mariadb_connection import Address, MariadbConnection

DRIVER_HINT = "pip install 'langgraph-dba[mariadb]'"
TRAITS = Traits(
    name="mariadb",
    dialect="mariadb",
    title="MariaDB",
    roles=True,
    row_level_security=False,
    exact_decimals=True,
    native_booleans=False,
    native_temporal=True,
    null_some_columns=False,
    include_columns=False,
    identity_columns=False,
    adds_constraints=True,
    transactional_ddl=False,
    bare_references=False,
    sessions_have_time_zones=False,
    zoned_instants=False,
    backslash_escapes=True,
    counts_index_scans=False,
    names_keys=True,
    primary_key_name="PRIMARY",
    key_bytes=3072,
    copies_databases=False,
    words=WORDS,
    keeps=frozenset({"comments", "collations", "index-methods", "partitions", "routines", "prefixes"}),
    table_options={
        "mariadb_engine": "InnoDB",
        "mariadb_charset": "utf8mb4",
        "mariadb_collate": "utf8mb4_nopad_bin",
    },
    fallbacks={
        "row_level_security": "none: whoever logs in sees every tenant; only references are kept within one",
        "native_booleans": "booleans are stored as 0 and 1, and a CHECK refuses any other number",
        "sessions_have_time_zones": "instants are stored in UTC as DATETIME(6), which no session converts",
        "null_some_columns": "ON DELETE SET NULL over a composite key becomes RESTRICT",
        "include_columns": "included columns become trailing key columns",
        "key_bytes": "an index holds the beginning of texts that are longer than its key may be",
        "transactional_ddl": "a script of DDL that is refused half-way stays half done",
    },
)
_LIMITS = "WITH MAX_USER_CONNECTIONS 12"
_APP_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


class MariadbScratch:
    """One disposable database of the server."""

    def __init__(self, addresses: "Mapping[Role, Address]") -> None:
        """Remember who may log in, and where."""
        self._addresses = addresses

    @contextmanager
    def connect(self, role: Role = "owner") -> "Iterator[MariadbConnection]":
        from langgraph_dba.database.engines.mariadb_connection import MariadbConnection

        connection = MariadbConnection(self._addresses[role], sql_mode=SQL_MODE)
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

    traits = TRAITS

    def __init__(self) -> None:
        """Start nothing yet; EngineUnavailable if the driver is missing."""
        if find_spec("pymysql") is None:
            raise EngineUnavailable(f"the MariaDB driver is not installed: {DRIVER_HINT}")
        self._server: MariadbServer | None = None
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)

    def version(self) -> str:
        """Return the server's version, such as `10.11.6`; starts it."""
        with self._super() as connection:
            return str(connection.run("SELECT version()").scalar).split("-")[0]

    @contextmanager
    def scratch(
        self, ddl: str = "", *, app_role: str = "app_user", fill: Fill | None = None
    ) -> Iterator[MariadbScratch]:
        """Make a database with an owner and an application of its own, let the owner run `ddl`, drop all at the end."""
        _checked(app_role)
        server, number = self._running(), next(self._numbers)
        name, users = f"scratch_{number}", {"owner": f"scratch_{number}_owner", "app": f"scratch_{number}_{app_role}"}
        try:
            with self._super() as root:
                scratch = self._make(root, name, users)
            with scratch.connect() as owner:
                owner.script(ddl)
            if fill:
                with scratch.connect("superuser") as root:
                    fill.load(root)
            yield scratch
        finally:
            if server.alive:
                with suppress(EngineError), self._super() as root:
                    root.run(f"DROP DATABASE IF EXISTS {name}")
                    root.run(f"DROP USER IF EXISTS {', '.join(f'{user}@localhost' for user in users.values())}")

    def close(self) -> None:
        """Stop the server, if it was started."""
        with self._lock:
            if self._server:
                self._server.stop()
            self._server = None

    def _make(self, root: "MariadbConnection", name: str, users: Mapping[str, str]) -> MariadbScratch:
        passwords = {user: secrets.token_urlsafe(24) for user in users.values()}
        within = name.replace("_", r"\_")  # in a grant, a bare _ would stand for any letter
        root.run(f"CREATE DATABASE {name}")
        for user, password in passwords.items():
            root.run(f"CREATE USER {user}@localhost IDENTIFIED BY '{password}' {_LIMITS}")
        root.run(f"GRANT ALL PRIVILEGES ON `{within}`.* TO {users['owner']}@localhost WITH GRANT OPTION")
        root.run(f"GRANT {_APP_RIGHTS} ON `{within}`.* TO {users['app']}@localhost")
        everybody = replace(self._root(), database=name)
        logins = {r: replace(everybody, user=users[r], password=passwords[users[r]]) for r in ("owner", "app")}
        return MariadbScratch({"superuser": everybody, "owner": logins["owner"], "app": logins["app"]})

    def _running(self) -> MariadbServer:
        with self._lock:
            if self._server is None or not self._server.alive:
                self._server = MariadbServer()
            return self._server

    def _root(self) -> "Address":
        from langgraph_dba.database.engines.mariadb_connection import Address

        server = self._running()
        return Address(user="root", password=server.password, socket=str(server.socket))

    @contextmanager
    def _super(self) -> "Iterator[MariadbConnection]":
        with MariadbScratch({"superuser": self._root()}).connect("superuser") as connection:
            yield connection


def _checked(role: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", role):
        raise EngineError(f"{role!r} cannot be the application's role: use lower-case letters, digits and _")
