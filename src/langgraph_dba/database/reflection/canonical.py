"""Normalise a schema before comparison: the order of its parts, and types that follow from other parts.

The schema that was reflected and the prediction in `engine_round_trip.py` both pass through these functions, so that
equality of the two means an equal database.
"""

from collections.abc import Sequence
from operator import attrgetter

from langgraph_dba.database.ddl.type_mapping import storage_check, type_sql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.creation_order import creation_order
from langgraph_dba.database.model.schema import Choice, Column, ColumnType, Index, Table, TypeName
from langgraph_dba.database.reflection.types import read_type

WHOLE: tuple[TypeName, ...] = ("smallint", "integer", "bigint", "reference")


def in_creation_order(tables: Sequence[Table], traits: Traits) -> list[Table]:
    """Return tables in order of creation, or of name if the catalogue does not record it; each after its targets."""
    candidates = list(tables) if "order" in traits.keeps else sorted(tables, key=attrgetter("name"))
    return creation_order(candidates, break_circles=True)


def with_sorted_parts(table: Table) -> Table:
    """Return the table with its constraints and indexes sorted by name: no catalogue records their order."""
    kinds = ("uniques", "checks", "foreign_keys", "constraints", "indexes", "policies")
    return table.with_(**{kind: tuple(sorted(getattr(table, kind), key=attrgetter("name"))) for kind in kinds})


def with_key_indexes(table: Table, traits: Traits) -> Table:
    """Return the table with the indexes that the engine creates itself for foreign keys that no index supports."""
    # MariaDB (InnoDB) requires an index for each foreign key and creates a missing one under the name of the key
    if traits.bare_references:
        return table
    indexes: dict[str, Index] = {}
    for key in table.foreign_keys:
        if not table.serves_order(key.columns):
            indexes[key.name] = Index(name=key.name, columns=key.columns)
    return table.with_(indexes=(*table.indexes, *indexes.values()))


def with_references(tables: Sequence[Table], traits: Traits) -> list[Table]:
    """Return the tables in which an integer has the type `reference` if, and only if, it refers to an identity.

    No engine has a type for references: only the foreign key distinguishes one from another integer.
    """
    keys = {(t.name, c.name) for t in tables for c in t.columns if c.type.name == "identity"}
    return [_with_references(table, keys, traits) for table in tables]


def _with_references(table: Table, keys: set[tuple[str, str]], traits: Traits) -> Table:
    pairs = (
        (c, (key.target, t)) for key in table.foreign_keys for c, t in zip(key.columns, key.target_columns, strict=True)
    )
    referring = {column for column, target in pairs if target in keys}
    columns = []
    for column in table.columns:
        type_ = column.type
        if column.name in referring and type_.name in WHOLE and not storage_check(column, traits):
            type_ = _reference(type_, traits)
        elif type_.name == "reference" and column.name not in referring:
            type_ = ColumnType(name="bigint")
        columns.append(_with_type(column, type_))
    return table.with_(columns=tuple(columns))


def _with_type(column: Column, type_: ColumnType) -> Column:
    return column if type_ is column.type else column.model_copy(update={"type": type_})


def _without_choices(type_: ColumnType, traits: Traits) -> ColumnType:
    """Return the type that a choice has without the check that lists its values."""
    if type_.name != "choice":
        return type_
    return read_type(type_sql(type_, traits), (), traits)


def _reference(type_: ColumnType, traits: Traits) -> ColumnType:
    reference = ColumnType(name="reference")
    native, default = type_sql(type_, traits), type_sql(reference, traits)
    # a key of another integer type keeps it: rendering must not widen INT to BIGINT
    return reference if native == default else ColumnType(name="reference", native=type_.native or native.lower())


def with_choices(table: Table, traits: Traits) -> Table:
    """Return the table in which a text has the type `choice` if, and only if, a check lists its values."""
    lists = {check.column: check.values for check in table.checks if isinstance(check, Choice)}
    columns = []
    for column in table.columns:
        type_ = column.type
        if type_.name in ("text", "string", "choice") and not type_.native:
            choice = ColumnType(name="choice", choices=lists.get(column.name, ()))
            is_stored_alike = type_sql(choice, traits) == type_sql(type_, traits) and not storage_check(column, traits)
            type_ = choice if choice.choices and is_stored_alike else _without_choices(type_, traits)
        columns.append(_with_type(column, type_))
    return table.with_(columns=tuple(columns))
