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
_RUNS_ROWS = re.compile(r"\\gexec\b", re.IGNORECASE)
_COPIES = re.compile(r"\\copy\b|\.import\b", re.IGNORECASE)


def why_skipped(command: str) -> str:
    """Return why a command of a client program is not run."""
    if _RUNS_ROWS.match(command):
        return "psql runs what the query before it returns: the objects that this creates are not read"
    if _COPIES.match(command):
        return "it copies rows between a table and a file"
    return "a command of the client program, which creates no object"


def refuse_include(statement: Statement, file: str) -> None:
    """Raise InputError for a command that includes another file."""
    found = _INCLUDE.match(statement.text) if statement.kind == "meta" else None
    if found:
        other = found["psql"] or found["lite"] or found["my"]
        raise InputError(
            f"{file}:{statement.line}: the file includes {other}, and no other file is read:"
            f" replace the command by the text of {other}"
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
