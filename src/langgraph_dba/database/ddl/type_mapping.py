"""Convert logical types, defaults and values to the form of one engine, by the type table in its `types.py`."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from langgraph_dba.database.ddl.quoting import offline_dialect, quote_name
from langgraph_dba.database.engines import Traits, types_of
from langgraph_dba.database.engines.type_table import DEFAULT_SCALE, StorageType, precision_of
from langgraph_dba.database.model.schema import Column, ColumnType, TypeName

WHOLE_DIGITS = 18  # decimal digits that always fit into SQLite's 64-bit INTEGER
# values of these classes in columns of these types are stored unchanged by every engine
_PLAIN_CLASSES = frozenset((int, str))
_PLAIN_TYPES = {"identity", "reference", "smallint", "integer", "bigint", "string", "text", "char", "choice"}
_LETTERS_OF_UUID = StorageType(lambda _: sa.CHAR(36))


def storage(type_: ColumnType, traits: Traits) -> sa.types.TypeEngine[Any]:
    """Return the engine's type: `native` if it is set, otherwise the one that the logical type maps to."""
    # SQLite allows a column without a type: its name is empty
    if type_.native or type_.name == "native":
        return EngineType(type_.native)
    return _storage(type_.name, traits).type(type_)


def type_sql(type_: ColumnType, traits: Traits) -> str:
    """Return the engine's type as SQL."""
    return storage(type_, traits).compile(dialect=offline_dialect(traits))


def _storage(name: TypeName, traits: Traits) -> StorageType:
    return _LETTERS_OF_UUID if name == "uuid" and not traits.native_uuids else types_of(traits).storage[name]


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
    return tuple(types_of(traits).storage)


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
        return now_sql(column.type.name, traits)
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


def now_sql(type_: TypeName, traits: Traits) -> str:
    """Return the present time in the form of a type."""
    forms = types_of(traits).now
    # a type without a form of its own, such as a text, takes that of an instant
    return forms.get(type_, forms["instant"])


def to_engine_value(value: Any, type_: ColumnType, traits: Traits) -> Any:
    """Convert a Python value to the form in which the engine stores it; None stays None."""
    if value is None or (value.__class__ in _PLAIN_CLASSES and type_.name in _PLAIN_TYPES):
        return value
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
