"""Commands of psql, mysql and the sqlite3 shell, and statements that switch to another database."""

import re

from langgraph_dba.database.statements import Dialect, Statement
from langgraph_dba.errors import InputError

_INCLUDE = re.compile(
    r"\\(?:i|ir|include|include_relative)\s+(?P<psql>\S+)|\.read\s+(?P<lite>\S+)|(?:source|\\\.)\s+(?P<my>\S+)",
    re.IGNORECASE,
)
_CONNECT = re.compile(r"\\(?:c|connect)\s+(?:-reuse-previous=\w+\s+)?(?P<name>\"[^\"]+\"|'[^']+'|[^\s;]+)")
_IN_CONNINFO = re.compile(r"\bdbname=(?:\\?'(?P<quoted>[^']*)'|(?P<bare>\S+))")
_USE = re.compile(r"USE\s+(?P<name>`[^`]+`|\S+)\s*$", re.IGNORECASE)


def refuse_include(statement: Statement, file: str) -> None:
    """Raise InputError for a command that includes another file."""
    found = _INCLUDE.match(statement.text) if statement.kind == "meta" else None
    if found:
        other = found["psql"] or found["lite"] or found["my"]
        raise InputError(
            f"{file}:{statement.line}: the file includes {other}: put the included files into one file, in this order"
        )


def switched_database(statement: Statement, dialect: Dialect) -> str:
    """Return the database that a statement or command connects to; empty for others."""
    if dialect == "postgresql" and statement.kind == "meta":
        found = _CONNECT.match(statement.text)
        return _connected_database(found["name"].strip("\"'")) if found else ""
    if dialect == "mariadb" and statement.text[:3].upper() == "USE":
        found = _USE.match(statement.text)
        return found["name"].strip("`") if found else ""
    return ""


def _connected_database(target: str) -> str:
    r"""Return the database of the argument of `\connect`: a name, a URL, a connection string, or `-` (the same)."""
    if "://" in target:
        return target.partition("://")[2].partition("/")[2].partition("?")[0]
    inside = _IN_CONNINFO.search(target)
    if inside:
        return (inside["quoted"] or inside["bare"] or "").strip("'\\")
    return "" if target == "-" or "=" in target else target
