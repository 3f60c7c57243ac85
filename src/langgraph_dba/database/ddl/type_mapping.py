"""Logical types, defaults and values in the form of one engine; each engine's table of types is its `types.py`."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from langgraph_dba.database.ddl.quoting import dialect_of, quoted
from langgraph_dba.database.engines import Traits, type_table
from langgraph_dba.database.engines.type_table import DEFAULT_SCALE as DEFAULT_SCALE
from langgraph_dba.database.engines.type_table import StorageType
from langgraph_dba.database.engines.type_table import precision_of as precision_of
from langgraph_dba.database.model.schema import Column, ColumnType, TypeName

WHOLE_DIGITS = 18  # an INTEGER of SQLite holds so many


_LETTERS_OF_UUID = StorageType(lambda _: sa.CHAR(36))


def storage(type_: ColumnType, traits: Traits) -> sa.types.TypeEngine[Any]:
    """Return the engine's own type for a logical one, or the one that was read where it is another."""
    if type_.native:
        return EngineType(type_.native)
    return _storage(type_.name, traits).type(type_)


def type_sql(type_: ColumnType, traits: Traits) -> str:
    """Return the engine's own type as SQL."""
    return storage(type_, traits).compile(dialect=dialect_of(traits.dialect))


def _storage(name: TypeName, traits: Traits) -> StorageType:
    return _LETTERS_OF_UUID if name == "uuid" and not traits.native_uuids else type_table(traits).storage[name]


class EngineType(sa.types.UserDefinedType[Any]):
    """A type in the engine's own words, and what follows it there: a collation, how the column is computed."""

    cache_ok = True

    def __init__(self, spec: str) -> None:
        """Keep the words."""
        self.spec = spec

    def get_col_spec(self, **_: Any) -> str:
        """Return them."""
        return self.spec


def storage_names(traits: Traits) -> tuple[TypeName, ...]:
    """Return the logical types in the order in which a reading of an engine's own type tries them."""
    return tuple(type_table(traits).storage)


def storage_check(column: Column, traits: Traits) -> str:
    """Return the condition that keeps the type's promise on this engine, or nothing where the engine does it itself."""
    return type_check(column.type, column.sql_name, traits)


def type_check(type_: ColumnType, column: str, traits: Traits) -> str:
    """Return the same for a type and the name of a column in the engine, without quotes."""
    check = "" if type_.native else _storage(type_.name, traits).check
    if not check or ("{length}" in check and type_.length is None):
        return ""
    largest = 10 ** min(precision_of(type_)[0], WHOLE_DIGITS) - 1
    text = check.format(c=quoted(column, traits.dialect), length=type_.length, largest=largest)
    scale = precision_of(type_)[1]
    # told beside: nothing else in the table says how many of the digits are behind the point
    return f"{text} /* scale {scale} */" if "{largest}" in check and scale != DEFAULT_SCALE else text


def storage_default(column: Column, traits: Traits) -> str | None:
    """Return the column's DEFAULT as SQL of this engine."""
    if column.default_sql:
        # what follows a default, such as ON UPDATE, is no part of the expression
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
        return str(stored(Decimal(column.default), column.type, traits))
    return literal(column.default, traits)


def literal(text: str, traits: Traits) -> str:
    """Return a text as SQL of this engine."""
    escaped = text.replace("\\", "\\\\") if traits.backslash_escapes else text
    return "'" + escaped.replace("'", "''") + "'"


def _now(type_: TypeName, traits: Traits) -> str:
    known = type_table(traits).now
    return known.get(type_, known["instant"])


def stored(value: Any, type_: ColumnType, traits: Traits) -> Any:
    """Return a Python value in the form in which this engine takes it; None stays None."""
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
        return value.astimezone(dt.UTC).replace(tzinfo=None)  # UTC is understood and not written
    return value


def _utc_text(value: dt.date | dt.time) -> str:
    if isinstance(value, dt.datetime):
        zoned = value.tzinfo is not None
        moment = value.astimezone(dt.UTC).replace(tzinfo=None) if zoned else value
        return moment.isoformat(timespec="milliseconds") + ("Z" if zoned else "")
    return value.isoformat(timespec="seconds") if isinstance(value, dt.time) else value.isoformat()
