"""Values that the type of a column and its own checks accept, by trying candidates on the engine."""

import re
from collections.abc import Iterator, Sequence
from typing import Self

from langgraph_dba.database.data.candidate_texts import Family, families
from langgraph_dba.database.data.column_bounds import excluded_intervals
from langgraph_dba.database.data.partition_values import with_partition_values
from langgraph_dba.database.data.sample_values import value_factory
from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.ddl.type_mapping import to_engine_value, type_sql
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.catalogue_objects import NamedType
from langgraph_dba.database.model.schema import Column, ColumnType, Condition, Index, Table

_PROBE = "dba_value_probe"
_WANTED = 64
_ENOUGH = 3  # a family that gives fewer values is used only if no other gives more


def with_accepted_values(
    table: Table, connection: Connection, traits: Traits, types: Sequence[NamedType] = ()
) -> Table:
    """Return the table whose columns have values that the engine accepts; a column without any has no choices.

    `types` are the named types of its schema: the conditions of a domain say what values it may have.
    """
    referring = {column for key in table.foreign_keys for column in key.columns}
    columns = [
        column
        if column.name in referring or column.type.name in ("identity", "reference") or column.generated
        else _with_found(table, column, connection, traits, types)
        for column in table.columns
    ]
    return _with_exclusions(with_partition_values(table.with_(columns=tuple(columns)), connection, traits))


def _with_found(
    table: Table, column: Column, connection: Connection, traits: Traits, types: Sequence[NamedType]
) -> Column:
    conditions = tuple(c.sql for c in table.checks if isinstance(c, Condition) and c.columns == (column.name,))
    if column.type.name != "native" and not column.type.native and not conditions:
        return column
    native = type_sql(column.type, traits)
    with _probe_table(column, native, conditions, connection, traits) as accepts:
        has_usual_values = column.type.name != "native" and (column.type.name != "choice" or column.type.choices)
        if has_usual_values and _usual_values_fit(table, column, accepts, traits):
            return column
        hints = (*conditions, *_definitions(native, types))
        found = _accepted_texts(families(native, hints, column.type.choices), accepts)
    type_ = ColumnType(name="native", native=native, choices=found)
    return column.model_copy(update={"type": type_})


def _definitions(native: str, types: Sequence[NamedType]) -> Iterator[str]:
    """Yield the definitions of the domains that a type names, and of those on which they are based."""
    for one in types:
        if one.kind == "domain" and re.search(rf"(?<!\w){re.escape(one.name)}(?!\w)", native):
            yield one.definition
            yield from _definitions(one.definition, [other for other in types if other is not one])


class _probe_table:  # noqa: N801  used as a function: `with _probe_table(…)`
    """A table with one column and its checks; yields a function that says whether the column accepts a value."""

    def __init__(
        self, column: Column, native: str, conditions: tuple[str, ...], connection: Connection, traits: Traits
    ) -> None:
        name = quote_name(column.sql_name, traits)
        checks = "".join(f", CHECK ({condition})" for condition in conditions)
        self._create = f"CREATE TABLE {_PROBE} ({name} {native}{checks})"
        self._insert = f"INSERT INTO {_PROBE} ({name}) VALUES (:value)"
        self._connection = connection

    def __enter__(self) -> Self:
        self._connection.run(f"DROP TABLE IF EXISTS {_PROBE}")
        self._connection.run(self._create)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.run(f"DROP TABLE {_PROBE}")

    def __call__(self, value: object) -> bool:
        return not isinstance(self._connection.attempt((self._insert, {"value": value})), Rejected)


def _usual_values_fit(table: Table, column: Column, accepts: "_probe_table", traits: Traits) -> bool:
    make = value_factory(table, column)
    values = [to_engine_value(make(number, number), column.type, traits) for number in range(8)]
    return all(accepts(value) for value in values)


def _accepted_texts(candidates: Iterator[Family], accepts: "_probe_table") -> tuple[str, ...]:
    few: tuple[str, ...] = ()
    for family in candidates:
        if not accepts(family(0)) and not accepts(family(1)):
            continue
        texts = dict.fromkeys(family(number) for number in range(_WANTED))
        values = tuple(text for text in texts if accepts(text))
        if len(values) >= _ENOUGH:
            return values
        few = few if len(few) >= len(values) else values
    return few


_EXCLUDED = re.compile(r"(\w+) WITH &&")


def _with_exclusions(table: Table) -> Table:
    """Return the table with a unique index for each exclusion of overlaps, so that no two generated rows overlap.

    Such an index has the name of its constraint, by which it is known to be no key. A range without an end overlaps
    with every later one: its columns are never NULL.
    """
    named = ((one.name, _EXCLUDED.search(one.sql)) for one in table.constraints)
    ranges = [(name, found[1]) for name, found in named if found and found[1] in table.column_names]
    intervals = excluded_intervals(table)
    indexes = (
        Index(name=name, columns=(column,), unique=True)
        for name, column in (*ranges, *((name, first) for name, (first, _) in intervals.items()))
    )
    ends = {column for pair in intervals.values() for column in pair}
    columns = (one.model_copy(update={"nullable": False}) if one.name in ends else one for one in table.columns)
    return table.with_(columns=tuple(columns), indexes=(*table.indexes, *indexes))
