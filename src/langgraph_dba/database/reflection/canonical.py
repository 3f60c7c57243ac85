"""The form that a schema and its reading share: the order of its parts, and types that other parts tell."""

from collections.abc import Sequence
from operator import attrgetter

from langgraph_dba.database.ddl.type_mapping import storage_check, type_sql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.creation_order import creation_order
from langgraph_dba.database.model.schema import Choice, Column, ColumnType, Index, Table, TypeName
from langgraph_dba.database.reflection.types import read_type
from langgraph_dba.errors import RequirementsError

WHOLE: tuple[TypeName, ...] = ("smallint", "integer", "bigint", "reference")


def ordered(tables: Sequence[Table], traits: Traits) -> list[Table]:
    """Return tables as they were made, or by name where no catalogue tells, but each after those it refers to."""
    named = list(tables) if "order" in traits.keeps else sorted(tables, key=attrgetter("name"))
    try:
        return creation_order(named)
    except RequirementsError:
        return named  # a circle of required references: the owner defers them


def sorted_parts(table: Table) -> Table:
    """Return the table with its rules and indexes by name: no engine keeps another order."""
    named = ("uniques", "checks", "foreign_keys", "constraints", "indexes", "policies")
    return table.with_(**{kind: tuple(sorted(getattr(table, kind), key=attrgetter("name"))) for kind in named})


def with_key_indexes(table: Table, traits: Traits) -> Table:
    """Return the table with the indexes that an engine makes itself, where a reference stands on none."""
    if traits.bare_references:
        return table
    made: dict[str, Index] = {}
    for key in table.foreign_keys:
        if not table.serves_order(key.columns):
            made[key.name] = Index(name=key.name, columns=key.columns)
    return table.with_(indexes=(*table.indexes, *made.values()))


def referring(tables: Sequence[Table], traits: Traits) -> list[Table]:
    """Call whole numbers that hold an identity what they are: references; and no others."""
    keys = {(t.name, c.name) for t in tables for c in t.columns if c.type.name == "identity"}
    return [_referring(table, keys, traits) for table in tables]


def _referring(table: Table, keys: set[tuple[str, str]], traits: Traits) -> Table:
    pairs = (
        (c, (key.target, t)) for key in table.foreign_keys for c, t in zip(key.columns, key.target_columns, strict=True)
    )
    holding = {column for column, place in pairs if place in keys}
    columns = []
    for column in table.columns:
        type_ = column.type
        if column.name in holding and type_.name in WHOLE and not storage_check(column, traits):
            type_ = _reference(type_, traits)
        elif type_.name == "reference" and column.name not in holding:
            type_ = ColumnType(name="bigint")
        columns.append(_with_type(column, type_))
    return table.with_(columns=tuple(columns))


def _with_type(column: Column, type_: ColumnType) -> Column:
    return column if type_ is column.type else column.model_copy(update={"type": type_})


def _unlisted(type_: ColumnType, traits: Traits) -> ColumnType:
    """What a choice is without the check that lists its values."""
    if type_.name != "choice":
        return type_
    return read_type(type_sql(type_, traits), (), traits)


def _reference(type_: ColumnType, traits: Traits) -> ColumnType:
    plain = ColumnType(name="reference")
    native, usual = type_sql(type_, traits), type_sql(plain, traits)
    return plain if native == usual else ColumnType(name="reference", native=type_.native or native.lower())


def choices_named(table: Table, traits: Traits) -> Table:
    """Return the table in which a text that a check holds to a list is a choice, and no other text is."""
    lists = {check.column: check.values for check in table.checks if isinstance(check, Choice)}
    columns = []
    for column in table.columns:
        type_ = column.type
        if type_.name in ("text", "string", "choice") and not type_.native:
            choice = ColumnType(name="choice", choices=lists.get(column.name, ()))
            alike = type_sql(choice, traits) == type_sql(type_, traits) and not storage_check(column, traits)
            type_ = choice if choice.choices and alike else _unlisted(type_, traits)
        columns.append(_with_type(column, type_))
    return table.with_(columns=tuple(columns))
