"""A PostgreSQL server that `LANGGRAPH_DBA_POSTGRES` specifies by URL."""

import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

from psycopg import ProgrammingError, conninfo

from langgraph_dba.database.engines.base import Rejected
from langgraph_dba.database.engines.servers.server_by_url import MARK, ServerByUrl, without_credentials
from langgraph_dba.errors import EngineFailed, EngineUnavailable

VARIABLE = "LANGGRAPH_DBA_POSTGRES"
# marks our roles: `stop` drops only roles with this comment, and a role without it is never altered
ROLE_COMMENT = "made by langgraph-dba for scratch databases"
_SCHEMES = ("postgresql://", "postgres://")


def url_from_environment() -> str:
    """Return the URL in the environment variable; empty if it is not set or holds the folder of an installation."""
    setting = os.environ.get(VARIABLE, "")
    return setting if setting.startswith(_SCHEMES) else ""


class PostgresByUrl(ServerByUrl):
    """Scratch databases and roles on a user's server; `connect` opens a connection from a conninfo string."""

    def __init__(self, url: str, connect: Callable[[str], Any]) -> None:
        """Log in and drop leftovers; EngineUnavailable if the login is not a superuser."""
        try:
            options = conninfo.conninfo_to_dict(url)
        except ProgrammingError:
            raise EngineUnavailable(f"{VARIABLE} is not a valid PostgreSQL URL") from None
        self.superuser = (str(options.pop("user", "postgres")), str(options.pop("password", "")))
        database = options.pop("dbname", None) or "postgres"
        self.address = {name: str(value) for name, value in options.items() if value is not None}
        login = conninfo.make_conninfo(
            **self.address, dbname=str(database), user=self.superuser[0], password=self.superuser[1]
        )
        self._login, self._open = login, connect
        self._check(url)
        super().__init__(url)

    def password_of(self, role: str) -> str:
        """Return the password of a role, derived from the superuser's password."""
        # all processes that use this server share the application's role, and so must know its password
        return hmac.new(self.superuser[1].encode(), f"{MARK} {role}".encode(), hashlib.sha256).hexdigest()

    def stop(self) -> None:
        """Drop the scratch databases of this process, and the roles that no other process uses."""
        super().stop()
        with suppress(EngineFailed), closing(self._connect()) as link:
            query = "SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = :comment"
            for (role,) in link.run(query, {"comment": ROLE_COMMENT}).rows:
                # `_drop_all` drops roles with MARK: their names contain the process that created them
                if not role.startswith(MARK):
                    with suppress(Rejected):  # it still has privileges on databases of another process
                        link.run(f"DROP ROLE {role}")

    def _connect(self) -> Any:
        return self._open(self._login)

    def _check(self, url: str) -> None:
        try:
            link = self._connect()
        except EngineFailed as error:
            raise EngineUnavailable(f"{VARIABLE}: {without_credentials(url)} cannot be used: {error}") from None
        with closing(link):
            superuser = link.run("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").scalar
        if not superuser:
            raise EngineUnavailable(
                f"{VARIABLE}: {without_credentials(url)} lacks SUPERUSER, which proofs need to read rows past policies:"
                " use another login, or unset the variable to use a private server"
            )

    def _names(self) -> tuple[Sequence[str], Sequence[str]]:
        with closing(self._connect()) as link:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, :mark)"
            databases = link.run(query, {"mark": MARK}).rows
            roles = link.run("SELECT rolname FROM pg_roles WHERE starts_with(rolname, :mark)", {"mark": MARK}).rows
        return [name for (name,) in databases], [name for (name,) in roles]

    def _drop(self, databases: Sequence[str], logins: Sequence[str]) -> None:
        with closing(self._connect()) as link:
            for name in databases:
                link.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            for name in logins:
                with suppress(Rejected):
                    link.run(f"DROP ROLE IF EXISTS {name}")
