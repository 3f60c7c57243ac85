"""Map each logical type to an engine: the engine's type, the CHECK that it needs, and the form of its values.

SQLite has four storage classes and no exact decimals, instants or booleans. Its tables are STRICT, and a CHECK refuses
every value that the logical type does not allow: a wrong value is an error on insert, as on the other engines.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql as pg

from langgraph_dba.database.ddl.quoting import offline_dialect, quote_name
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import Column, ColumnType, TypeName

DEFAULT_PRECISION, DEFAULT_SCALE = 12, 2
WHOLE_DIGITS = 18  # an INTEGER of SQLite holds so many
_CHOICE_LENGTH = 64  # at least: a value that is none of the choices meets their CHECK, not the end of the column
SQLITE_INSTANT = "%Y-%m-%dT%H:%M:%fZ"
_SQLITE_LOCAL = "%Y-%m-%dT%H:%M:%f"


@dataclass(frozen=True, slots=True)
class Storage:
    """`type` makes the engine's own; `check` is a condition over `{c}` (and the type's own fields), or empty."""

    type: Callable[[ColumnType], sa.types.TypeEngine[Any]]
    check: str = ""


def precision_of(type_: ColumnType) -> tuple[int, int]:
    """Return (number of all digits, number of digits after the decimal point) of a decimal."""
    scale = DEFAULT_SCALE if type_.scale is None else type_.scale
    return type_.precision or max(DEFAULT_PRECISION, scale), scale


_POSTGRESQL: Mapping[TypeName, Storage] = {
    "identity": Storage(lambda _: sa.BigInteger()),
    "reference": Storage(lambda _: sa.BigInteger()),
    "smallint": Storage(lambda _: sa.SmallInteger()),
    "integer": Storage(lambda _: sa.Integer()),
    "bigint": Storage(lambda _: sa.BigInteger()),
    "boolean": Storage(lambda _: sa.Boolean()),
    "string": Storage(lambda t: sa.String(t.length)),
    "text": Storage(lambda _: sa.Text()),
    "char": Storage(lambda t: sa.CHAR(t.length)),
    "decimal": Storage(lambda t: sa.Numeric(*precision_of(t))),
    "float": Storage(lambda _: sa.Double()),
    "date": Storage(lambda _: sa.Date()),
    "time": Storage(lambda _: sa.Time()),
    "instant": Storage(lambda _: sa.DateTime(timezone=True)),
    "local-datetime": Storage(lambda _: sa.DateTime()),
    "duration": Storage(lambda _: sa.Integer()),
    # TEXT and a CHECK rather than an enum type: a value can be retired without rewriting the table
    "choice": Storage(lambda _: sa.Text()),
    "json": Storage(lambda _: pg.JSONB()),
    "uuid": Storage(lambda _: sa.Uuid()),
    "binary": Storage(lambda _: sa.LargeBinary()),
}


def _whole(low: int, high: int) -> Storage:
    return Storage(lambda _: sa.Integer(), f"{{c}} BETWEEN {low} AND {high}")


def _text(check: str) -> Storage:
    return Storage(lambda _: sa.Text(), check)


# SQLite's date functions let 30 February pass unless they have to count: adding no days makes them count.
_SQLITE: Mapping[TypeName, Storage] = {
    "identity": Storage(lambda _: sa.Integer()),
    "reference": Storage(lambda _: sa.Integer()),
    "smallint": _whole(-(2**15), 2**15 - 1),
    "integer": _whole(-(2**31), 2**31 - 1),
    "bigint": Storage(lambda _: sa.Integer()),
    "boolean": Storage(lambda _: sa.Integer(), "{c} IN (0, 1)"),
    "string": _text("length({c}) <= {length}"),
    "text": _text(""),
    "char": _text("length({c}) = {length}"),
    "decimal": Storage(lambda _: sa.Integer(), "{c} BETWEEN -{largest} AND {largest}"),
    "float": Storage(lambda _: sa.REAL()),
    "date": _text("date({c}, '+0 days') IS {c}"),
    "time": _text("time({c}) IS {c}"),
    "instant": _text(f"strftime('{SQLITE_INSTANT}', {{c}}, '+0 days') IS {{c}}"),
    "local-datetime": _text(f"strftime('{_SQLITE_LOCAL}', {{c}}, '+0 days') IS {{c}}"),
    "duration": _whole(-(2**31), 2**31 - 1),
    "choice": _text(""),
    "json": _text("{c} IS NULL OR json_valid({c})"),
    "uuid": _text("length({c}) = 36"),
    "binary": Storage(lambda _: sa.LargeBinary()),
}
_MARIADB: Mapping[TypeName, Storage] = {
    "identity": Storage(lambda _: sa.BigInteger()),
    "reference": Storage(lambda _: sa.BigInteger()),
    "smallint": Storage(lambda _: sa.SmallInteger()),
    "integer": Storage(lambda _: sa.Integer()),
    "bigint": Storage(lambda _: sa.BigInteger()),
    "boolean": Storage(lambda _: mysql.TINYINT(1), "{c} IN (0, 1)"),
    # of any length: VARCHAR ends at 65,535 bytes a row, TEXT at as many a value
    "string": Storage(lambda t: sa.String(t.length) if t.length else mysql.LONGTEXT()),
    "text": Storage(lambda _: mysql.LONGTEXT()),
    "char": Storage(lambda t: sa.CHAR(t.length)),
    "decimal": Storage(lambda t: sa.Numeric(*precision_of(t))),
    "float": Storage(lambda _: mysql.DOUBLE()),
    "date": Storage(lambda _: sa.Date()),
    # a TIME of MariaDB is a span of up to 838 hours either way
    "time": Storage(lambda _: mysql.TIME(fsp=6), "{c} BETWEEN '00:00:00' AND '23:59:59.999999'"),
    # in UTC; a TIMESTAMP would end in 2038 and follow each session's time zone
    "instant": Storage(lambda _: mysql.DATETIME(fsp=6)),
    "local-datetime": Storage(lambda _: mysql.DATETIME(fsp=6)),
    "duration": Storage(lambda _: sa.Integer()),
    "choice": Storage(lambda t: sa.String(max([_CHOICE_LENGTH, *map(len, t.choices)]))),
    "json": Storage(lambda _: mysql.JSON()),
    "uuid": Storage(lambda _: sa.UUID()),
    "binary": Storage(lambda _: mysql.LONGBLOB()),
}
_LETTERS_OF_UUID = Storage(lambda _: sa.CHAR(36))
_STORAGES: Mapping[str, Mapping[TypeName, Storage]] = {
    "postgresql": _POSTGRESQL,
    "sqlite": _SQLITE,
    "mariadb": _MARIADB,
}


def storage(type_: ColumnType, traits: Traits) -> sa.types.TypeEngine[Any]:
    """Return the engine's type: `native` if it is set, otherwise the one that the logical type maps to."""
    if type_.native:
        return EngineType(type_.native)
    return _storage(type_.name, traits).type(type_)


def type_sql(type_: ColumnType, traits: Traits) -> str:
    """Return the engine's type as SQL."""
    return storage(type_, traits).compile(dialect=offline_dialect(traits))


def _storage(name: TypeName, traits: Traits) -> Storage:
    return _LETTERS_OF_UUID if name == "uuid" and not traits.native_uuids else _STORAGES[traits.dialect][name]


class EngineType(sa.types.UserDefinedType[Any]):
    """A type as SQL text, with the clauses that follow it: a collation, a generation expression, an identity."""

    cache_ok = True

    def __init__(self, spec: str) -> None:
        """Store the SQL text of the type."""
        self.spec = spec

    def get_col_spec(self, **_: Any) -> str:
        """Return the SQL text of the type."""
        return self.spec


def storage_names(traits: Traits) -> tuple[TypeName, ...]:
    """Return the logical types in the order in which reflection compares them with an engine's type."""
    return tuple(_STORAGES[traits.dialect])


def storage_check(column: Column, traits: Traits) -> str:
    """Return the CHECK condition that the column's type needs; empty if the engine's type enforces the logical type."""
    return type_check(column.type, column.sql_name, traits)


def type_check(type_: ColumnType, column: str, traits: Traits) -> str:
    """Return the CHECK condition that a type needs; `column` is the name in the database, without quotes."""
    check = "" if type_.native else _storage(type_.name, traits).check
    if not check or ("{length}" in check and type_.length is None):
        return ""
    largest = 10 ** min(precision_of(type_)[0], WHOLE_DIGITS) - 1
    text = check.format(c=quote_name(column, traits), length=type_.length, largest=largest)
    scale = precision_of(type_)[1]
    # reflection reads the scale from this comment: nothing else in the table records it
    return f"{text} /* scale {scale} */" if "{largest}" in check and scale != DEFAULT_SCALE else text


def storage_default(column: Column, traits: Traits) -> str | None:
    """Return the DEFAULT of a column as SQL; None if it has none."""
    if column.default_sql:
        # ON UPDATE follows the expression in the catalogue's text and is no part of it: no parentheses around both
        return column.default_sql if " on update " in column.default_sql else f"({column.default_sql})"
    if column.default is None:
        return None
    if column.default == "now":
        return _now(column.type.name, traits)
    if column.type.name == "boolean":
        true = column.default.lower() in ("true", "1", "yes")
        return str(true).lower() if traits.native_booleans else str(int(true))
    if column.type.name in ("smallint", "integer", "bigint", "float", "duration"):
        return column.default
    if column.type.name == "decimal":
        return str(to_engine_value(Decimal(column.default), column.type, traits))
    return literal(column.default, traits)


def literal(text: str, traits: Traits) -> str:
    """Return a text as a literal of the engine."""
    escaped = text.replace("\\", "\\\\") if traits.backslash_escapes else text
    return "'" + escaped.replace("'", "''") + "'"


def _now(type_: TypeName, traits: Traits) -> str:
    forms = _NOW[traits.dialect]
    return forms.get(type_, forms["instant"])


# the expression of the current time for each type; types that are not listed use that of "instant"
_NOW: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        "date": "CURRENT_DATE",
        "time": "LOCALTIME",
        "local-datetime": "LOCALTIMESTAMP",
        "instant": "now()",
    },
    "sqlite": {
        "date": "(date('now'))",
        "time": "(time('now'))",
        "local-datetime": f"(strftime('{_SQLITE_LOCAL}', 'now'))",
        "instant": f"(strftime('{SQLITE_INSTANT}', 'now'))",
    },
    # not now(): its value depends on the time zone of the session
    "mariadb": {
        "date": "(utc_date())",
        "time": "(utc_time(6))",
        "local-datetime": "(utc_timestamp(6))",
        "instant": "(utc_timestamp(6))",
    },
}


def to_engine_value(value: Any, type_: ColumnType, traits: Traits) -> Any:
    """Convert a Python value to the form in which the engine stores it; None stays None."""
    if value is None:
        return None
    if type_.name == "json":
        return json.dumps(value, sort_keys=True)
    if type_.name == "uuid":
        return str(value)
    if type_.name == "boolean" and not traits.native_booleans:
        return int(value)
    if isinstance(value, dt.date | dt.time):
        return _moment(value, traits)
    if traits.exact_decimals:
        return value
    if isinstance(value, Decimal) and type_.name != "decimal":
        return float(value) if type_.name == "float" else int(value)
    return int(Decimal(value).scaleb(precision_of(type_)[1])) if type_.name == "decimal" else value


def _moment(value: dt.date | dt.time, traits: Traits) -> Any:
    if not traits.native_temporal:
        return _utc_text(value)
    if isinstance(value, dt.datetime) and value.tzinfo and not traits.sessions_have_time_zones:
        return value.astimezone(dt.UTC).replace(tzinfo=None)  # the column has no time zone: by convention it holds UTC
    return value


def _utc_text(value: dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime):
        zoned = value.tzinfo is not None
        moment = value.astimezone(dt.UTC).replace(tzinfo=None) if zoned else value
        return moment.isoformat(timespec="milliseconds") + ("Z" if zoned else "")
    return value.isoformat(timespec="seconds") if isinstance(value, dt.time) else value.isoformat()
