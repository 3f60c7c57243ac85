"""A MariaDB (or MySQL) server that `LANGGRAPH_DBA_MARIADB` specifies by URL."""

import os
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import parse_qs, unquote, urlsplit

from langgraph_dba.database.engines.mariadb.connection import MariadbConnection
from langgraph_dba.database.engines.mariadb.driver import Address
from langgraph_dba.database.engines.mariadb.drop_scratch import drop_scratch
from langgraph_dba.database.engines.servers.server_by_url import MARK, ServerByUrl, without_credentials
from langgraph_dba.errors import EngineFailed, EngineUnavailable

VARIABLE = "LANGGRAPH_DBA_MARIADB"
_SCHEMES = ("mysql://", "mariadb://", "mysql+pymysql://", "mariadb+pymysql://")
# The privileges of the owner of a scratch database, which the login must be able to grant.
_REQUIRED_PRIVILEGES = frozenset({
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "CREATE VIEW",
    "SHOW VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "LOCK TABLES", "CREATE TEMPORARY TABLES",
    "CREATE USER",
})  # fmt: skip


def url_from_environment() -> str:
    """Return the URL in the environment variable; empty if it is not set or holds the folder of an installation."""
    setting = os.environ.get(VARIABLE, "")
    return setting if setting.startswith(_SCHEMES) else ""


class MariadbByUrl(ServerByUrl):
    """Scratch databases and logins on a user's server."""

    host = "%"  # of the logins: they connect from any address

    def __init__(self, url: str, *, sql_mode: str) -> None:
        """Log in and drop leftovers; EngineUnavailable if the login lacks a required privilege."""
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
            raise EngineUnavailable(f"{VARIABLE}: {without_credentials(url)} cannot be used: {error}") from None
        grantee = "replace(concat(\"'\", current_user(), \"'\"), '@', \"'@'\")"
        query = f"SELECT privilege_type, is_grantable FROM information_schema.user_privileges WHERE grantee = {grantee}"
        with closing(link):
            grantable_rights = {str(right) for right, grantable in link.run(query).rows if grantable == "YES"}
        if lacking := sorted(_REQUIRED_PRIVILEGES - grantable_rights):
            raise EngineUnavailable(
                f"{VARIABLE}: {without_credentials(url)} lacks, WITH GRANT OPTION: {', '.join(lacking)};"
                " use another login, or unset the variable to use a private server"
            )

    def _names(self) -> tuple[Sequence[str], Sequence[str]]:
        like = MARK.replace("_", r"\_") + "%"
        schemas = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE :like"
        # this view also lists logins without privileges, as USAGE
        users = "SELECT DISTINCT grantee FROM information_schema.user_privileges WHERE grantee LIKE :like"
        with closing(self._connect()) as link:
            databases = link.run(schemas, {"like": like}).rows
            grantees = link.run(users, {"like": f"'{like}"}).rows
        return [str(name) for (name,) in databases], [str(name).split("'")[1] for (name,) in grantees]

    def _drop(self, databases: Sequence[str], logins: Sequence[str]) -> None:
        with closing(self._connect()) as link:
            drop_scratch(link, databases, logins, self.host)
