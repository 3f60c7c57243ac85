"""Map error codes of MariaDB and MySQL to `Rejected` and `EngineFailed`."""

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
    "trigger": (1644,),  # SIGNAL
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes}
# client and server codes of a lost connection, 1927 is KILL
_GONE = frozenset({0, 1053, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2014, 2055})
_FULL = frozenset({3, 1021, 1026, 1114, 1878})
_TARGET_TABLE = re.compile(
    r"\s*(?:INSERT(?:\s+IGNORE)?\s+INTO|REPLACE\s+INTO|UPDATE)\s+(?:`((?:[^`]|``)+)`|(\w+))", re.IGNORECASE
)
_QUOTED = {
    "unique": re.compile(r"for key '(?:[^']+\.)?(\w+)'"),
    "foreign-key": re.compile(r"CONSTRAINT `([^`]+)`"),
    "check": re.compile(r"(?:CONSTRAINT `|[Cc]heck constraint ')([^`']+)"),
    "not-null": re.compile(r"(?:Column|Field) '([^']+)'"),
    "type": re.compile(r"Data truncated for column '([^']+)'"),  # a text that an ENUM or a SET does not list
}


def refusal(error: pymysql.MySQLError, sql: str) -> EngineError:
    """Return a driver's error as `Rejected`, or as `EngineFailed` if the connection is lost or the disk is full."""
    code, message = _code_and_message(error)
    if code in _GONE:
        return EngineFailed(f"the connection to the server was lost ({message or 'no message'})")
    if code in _FULL or (code == 1030 and "error 28" in message):  # noqa: PLR2004  28: no space left on device
        return EngineFailed(f"the server has no room left: {message}")
    kind = _KIND_OF.get(code, "other")
    return Rejected(kind, message, constraint=_constraint(kind, message, sql))


def _code_and_message(error: pymysql.MySQLError) -> tuple[int, str]:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    return code, str(error.args[1] if len(error.args) > 1 else error)


def _constraint(kind: str, message: str, sql: str) -> str:
    pattern = _QUOTED.get(kind)
    match = pattern.search(message) if pattern else None
    if match is None:
        return ""
    if kind not in ("not-null", "type"):
        return match.group(1)
    # these errors name only the column: the table is taken from the statement
    table = _TARGET_TABLE.match(sql)
    if table is None:
        return match.group(1)
    quoted, bare = table.groups()
    return f"{quoted.replace('``', '`') if quoted else bare}.{match.group(1)}"
