"""What MariaDB and MySQL say when they refuse or break down, in this package's words."""

import re

import pymysql

from langgraph_dba.database.engines.base import Rejected, ViolationKind
from langgraph_dba.errors import EngineError, EngineFailed

_KINDS: dict[ViolationKind, tuple[int, ...]] = {
    "unique": (1062, 1169, 1586),
    "foreign-key": (1216, 1217, 1451, 1452),
    "check": (4025, 3819),
    "not-null": (1048, 1263, 1364),
    "type": (1264, 1265, 1292, 1300, 1366, 1367, 1406, 1411, 1426, 1525, 1690, 3140),
    "permission": (1044, 1045, 1142, 1143, 1227, 1290, 1370, 1419, 1698),
    "missing": (1049, 1051, 1054, 1091, 1109, 1146, 1176, 1305, 1932),
    "syntax": (1064, 1065),
    "time-limit": (1317, 1969, 3024),
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes}
_GONE = frozenset({0, 1053, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2014, 2055})
_FULL = frozenset({3, 1021, 1026, 1114, 1878})
_WRITTEN = re.compile(
    r"\s*(?:INSERT(?:\s+IGNORE)?\s+INTO|REPLACE\s+INTO|UPDATE)\s+(?:`((?:[^`]|``)+)`|(\w+))", re.IGNORECASE
)
_QUOTED = {
    "unique": re.compile(r"for key '(?:[^']+\.)?(\w+)'"),
    "foreign-key": re.compile(r"CONSTRAINT `([^`]+)`"),
    "check": re.compile(r"(?:CONSTRAINT `|[Cc]heck constraint ')([^`']+)"),
    "not-null": re.compile(r"(?:Column|Field) '([^']+)'"),
}


def refusal(error: pymysql.MySQLError, sql: str) -> EngineError:
    """Return a driver's error as `Rejected`, or as `EngineFailed` where the engine broke down."""
    code, message = _told(error)
    if code in _GONE:
        return EngineFailed(f"the connection to the server was lost ({message or 'no word'})")
    if code in _FULL or (code == 1030 and "error 28" in message):  # noqa: PLR2004  28: no space left on device
        return EngineFailed(f"the server has no room left: {message}")
    kind = _KIND_OF.get(code, "other")
    return Rejected(kind, message, constraint=_constraint(kind, message, sql))


def _told(error: pymysql.MySQLError) -> tuple[int, str]:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    return code, str(error.args[1] if len(error.args) > 1 else error)


def _constraint(kind: str, message: str, sql: str) -> str:
    pattern = _QUOTED.get(kind)
    found = pattern.search(message) if pattern else None
    if found is None:
        return ""
    if kind != "not-null":
        return found.group(1)
    # the engine names the column alone: the statement knows the table
    table = _WRITTEN.match(sql)
    if table is None:
        return found.group(1)
    quoted, bare = table.groups()
    return f"{quoted.replace('``', '`') if quoted else bare}.{found.group(1)}"
