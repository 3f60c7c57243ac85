"""SQLite's types for the logical types.

SQLite has four storage classes and no exact decimals, instants or booleans. Tables are STRICT, and a CHECK rejects what
the logical type does not allow.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from langgraph_dba.database.engines.type_table import StorageType, TypeTable
from langgraph_dba.database.model.schema import TypeName

INSTANT = "%Y-%m-%dT%H:%M:%fZ"
_LOCAL = "%Y-%m-%dT%H:%M:%f"


def _whole(low: int, high: int) -> StorageType:
    return StorageType(lambda _: sa.Integer(), f"{{c}} BETWEEN {low} AND {high}")


def _text(check: str) -> StorageType:
    return StorageType(lambda _: sa.Text(), check)


# SQLite's date functions return 30 February unchanged unless they compute: '+0 days' makes them compute.
_STORAGE: Mapping[TypeName, StorageType] = {
    "identity": StorageType(lambda _: sa.Integer()),
    "reference": StorageType(lambda _: sa.Integer()),
    "smallint": _whole(-(2**15), 2**15 - 1),
    "integer": _whole(-(2**31), 2**31 - 1),
    "bigint": StorageType(lambda _: sa.Integer()),
    "boolean": StorageType(lambda _: sa.Integer(), "{c} IN (0, 1)"),
    "string": _text("length({c}) <= {length}"),
    "text": _text(""),
    "char": _text("length({c}) = {length}"),
    "decimal": StorageType(lambda _: sa.Integer(), "{c} BETWEEN -{largest} AND {largest}"),
    "float": StorageType(lambda _: sa.REAL()),
    "date": _text("date({c}, '+0 days') IS {c}"),
    "time": _text("time({c}) IS {c}"),
    "instant": _text(f"strftime('{INSTANT}', {{c}}, '+0 days') IS {{c}}"),
    "local-datetime": _text(f"strftime('{_LOCAL}', {{c}}, '+0 days') IS {{c}}"),
    "duration": _whole(-(2**31), 2**31 - 1),
    "choice": _text(""),
    "json": _text("{c} IS NULL OR json_valid({c})"),
    "uuid": _text("length({c}) = 36"),
    "binary": StorageType(lambda _: sa.LargeBinary()),
}
TYPES = TypeTable(
    _STORAGE,
    now={
        "date": "(date('now'))",
        "time": "(time('now'))",
        "local-datetime": f"(strftime('{_LOCAL}', 'now'))",
        "instant": f"(strftime('{INSTANT}', 'now'))",
    },
)
