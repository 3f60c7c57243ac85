"""Roles without login that scripts name in grants and policies, on a private server."""

import re
from collections.abc import Iterable

from langgraph_dba.database.engines.postgresql.connection import PostgresConnection
from langgraph_dba.database.engines.postgresql.url import ROLE_COMMENT

# names with these prefixes are PostgreSQL's own and those of scratch databases
_RESERVED = re.compile(r"pg_|dba_|postgres$|public$|none$|\s*$")
_LONGEST_NAME = 63


def create_missing_roles(connection: PostgresConnection, names: Iterable[str]) -> None:
    """Create the roles that the server lacks; a reserved name is left to the server."""
    present = {str(name) for (name,) in connection.run("SELECT rolname FROM pg_roles").rows}
    for name in names:
        if name in present or _RESERVED.match(name) or "\0" in name or len(name.encode()) > _LONGEST_NAME:
            continue
        quoted = '"' + name.replace('"', '""') + '"'
        connection.run(f"CREATE ROLE {quoted} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
        # the comment lets the role become the application's role of another scratch database
        connection.run(f"COMMENT ON ROLE {quoted} IS '{ROLE_COMMENT}'")
