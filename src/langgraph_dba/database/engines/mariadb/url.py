"""A MariaDB (or MySQL) server that `LANGGRAPH_DBA_MARIADB` names by URL."""

import os
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import parse_qs, unquote, urlsplit

from langgraph_dba.database.engines.mariadb.connection import MariadbConnection
from langgraph_dba.database.engines.mariadb.driver import Address
from langgraph_dba.database.engines.mariadb.drop_scratch import unmake
from langgraph_dba.database.engines.servers.server_by_url import MARK, GivenServer, redacted
from langgraph_dba.errors import EngineFailed, EngineUnavailable

VARIABLE = "LANGGRAPH_DBA_MARIADB"
_SCHEMES = ("mysql://", "mariadb://", "mysql+pymysql://", "mariadb+pymysql://")
# What an owner of a scratch database is granted there, and what granting takes.
_NEEDED = frozenset({
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "CREATE VIEW",
    "SHOW VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "LOCK TABLES", "CREATE TEMPORARY TABLES",
    "CREATE USER",
})  # fmt: skip


def given_url() -> str:
    """Return the URL of a server, or nothing where none is named (an installation's folder is no URL)."""
    named = os.environ.get(VARIABLE, "")
    return named if named.startswith(_SCHEMES) else ""


class GivenMariadb(GivenServer):
    """Scratch databases and logins on somebody's server."""

    host = "%"  # from where the logins made here may come

    def __init__(self, url: str, *, sql_mode: str) -> None:
        """Log in and reap; EngineUnavailable if the login may not do what scratch databases need."""
        parts = urlsplit(url)
        self._sql_mode = sql_mode
        self.superuser = Address(
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            socket=parse_qs(parts.query).get("unix_socket", [""])[0],
            host=parts.hostname or "localhost",
            port=parts.port or 3306,
        )
        self._check(url)
        super().__init__(url)

    def _connect(self) -> MariadbConnection:
        return MariadbConnection(self.superuser, sql_mode=self._sql_mode)

    def _check(self, url: str) -> None:
        try:
            link = self._connect()
        except EngineFailed as error:
            raise EngineUnavailable(f"{VARIABLE}: {redacted(url)} cannot be used: {error}") from None
        grantee = "replace(concat(\"'\", current_user(), \"'\"), '@', \"'@'\")"
        query = f"SELECT privilege_type, is_grantable FROM information_schema.user_privileges WHERE grantee = {grantee}"
        with closing(link):
            held = {str(right) for right, grantable in link.run(query).rows if grantable == "YES"}
        if lacking := sorted(_NEEDED - held):
            raise EngineUnavailable(
                f"{VARIABLE}: {redacted(url)} lacks, with the right to grant it: {', '.join(lacking)}; give another"
                " login, or none for a server of our own"
            )

    def _names(self) -> tuple[Sequence[str], Sequence[str]]:
        like = MARK.replace("_", r"\_") + "%"
        schemas = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE :like"
        # a login that was granted nothing yet is listed too: USAGE stands for it
        users = "SELECT DISTINCT grantee FROM information_schema.user_privileges WHERE grantee LIKE :like"
        with closing(self._connect()) as link:
            databases = link.run(schemas, {"like": like}).rows
            grantees = link.run(users, {"like": f"'{like}"}).rows
        return [str(name) for (name,) in databases], [str(name).split("'")[1] for (name,) in grantees]

    def _drop(self, databases: Sequence[str], logins: Sequence[str]) -> None:
        with closing(self._connect()) as link:
            unmake(link, databases, logins, self.host)
