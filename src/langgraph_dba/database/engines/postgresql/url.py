"""A PostgreSQL server that `LANGGRAPH_DBA_POSTGRES` names by URL."""

import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

from psycopg import ProgrammingError, conninfo

from langgraph_dba.database.engines.base import Rejected
from langgraph_dba.database.engines.servers.server_by_url import MARK, GivenServer, redacted
from langgraph_dba.errors import EngineFailed, EngineUnavailable

VARIABLE = "LANGGRAPH_DBA_POSTGRES"
ROLE_COMMENT = "made by langgraph-dba for scratch databases"
_SCHEMES = ("postgresql://", "postgres://")


def given_url() -> str:
    """Return the URL of a server, or nothing where none is named (an installation's folder is no URL)."""
    named = os.environ.get(VARIABLE, "")
    return named if named.startswith(_SCHEMES) else ""


class GivenPostgres(GivenServer):
    """Scratch databases and roles on somebody's server; `connect` opens a connection from a conninfo string."""

    def __init__(self, url: str, connect: Callable[[str], Any]) -> None:
        """Log in and reap; EngineUnavailable if the login may not do what scratch databases need."""
        try:
            given = conninfo.conninfo_to_dict(url)
        except ProgrammingError:
            raise EngineUnavailable(f"{VARIABLE} is no URL that PostgreSQL understands") from None
        self.superuser = (str(given.pop("user", "postgres")), str(given.pop("password", "")))
        database = given.pop("dbname", None) or "postgres"
        self.place = {name: str(value) for name, value in given.items() if value is not None}
        login = conninfo.make_conninfo(
            **self.place, dbname=str(database), user=self.superuser[0], password=self.superuser[1]
        )
        self._login, self._open = login, connect
        self._check(url)
        super().__init__(url)

    def password_of(self, role: str) -> str:
        """Derive a role's password: every process that uses this server shares the application's role."""
        return hmac.new(self.superuser[1].encode(), f"{MARK} {role}".encode(), hashlib.sha256).hexdigest()

    def stop(self) -> None:
        """Drop what this process made, and the roles that no other process uses."""
        super().stop()
        with suppress(EngineFailed), closing(self._connect()) as link:
            query = "SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = :comment"
            for (role,) in link.run(query, {"comment": ROLE_COMMENT}).rows:
                if not role.startswith(MARK):
                    with suppress(Rejected):  # databases of another process still name it
                        link.run(f"DROP ROLE {role}")

    def _connect(self) -> Any:
        return self._open(self._login)

    def _check(self, url: str) -> None:
        try:
            link = self._connect()
        except EngineFailed as error:
            raise EngineUnavailable(f"{VARIABLE}: {redacted(url)} cannot be used: {error}") from None
        with closing(link):
            superuser = link.run("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").scalar
        if not superuser:
            raise EngineUnavailable(
                f"{VARIABLE}: {redacted(url)} lacks SUPERUSER, which proofs need to see what no policy hides: give"
                " another login, or none for a server of our own"
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
