"""Extensions that need a superuser, created for the owner of a scratch database.

PostgreSQL lets the owner create trusted extensions itself.
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines.postgresql.connection import PostgresConnection
from langgraph_dba.database.engines.postgresql.safe_extensions import CREATED_BY_SUPERUSER
from langgraph_dba.database.statements import split

_NAME = r'("(?:[^"]|"")+"|\w+)'
_CREATE = re.compile(
    rf"CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}(?:(?:\s+WITH)?\s+SCHEMA\s+{_NAME})?", re.IGNORECASE
)
_UNTRUSTED = """
SELECT v.name FROM pg_available_extension_versions v JOIN pg_available_extensions e ON e.name = v.name
WHERE v.version = e.default_version AND v.superuser AND NOT v.trusted
"""


def create_extensions(connection: PostgresConnection, ddl: str, owner: str) -> None:
    """Create the extensions that `ddl` names, that the owner may not create and that cannot leave the database."""
    if "extension" not in ddl.lower():
        return
    untrusted = {str(name) for (name,) in connection.run(_UNTRUSTED).rows}
    for name, schema in _named(ddl):
        if name in untrusted & CREATED_BY_SUPERUSER:
            if schema and not schema.strip('"').startswith("pg_"):
                connection.run(f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}")
            target = f" SCHEMA {schema}" if schema else ""
            connection.run(f'CREATE EXTENSION IF NOT EXISTS "{name}"{target} CASCADE')


def _named(ddl: str) -> Iterator[tuple[str, str]]:
    """Yield the plain name of each extension that a script creates, and its schema as it is written."""
    for statement in split(ddl, "postgresql"):
        if found := _CREATE.match(statement.text):
            name = found[1]
            yield (name[1:-1] if name.startswith('"') else name.lower()), found[2] or ""
