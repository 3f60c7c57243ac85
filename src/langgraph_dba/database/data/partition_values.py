"""Values of the columns by which a table is partitioned, for rows that belong to a partition.

The bounds are SQL of the engine, whose expressions need not be understood here: candidates made from their literals are
tried on an empty copy of the partitions. The values that are found can be combined in any way.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice, product, zip_longest
from typing import Self
from uuid import UUID

from langgraph_dba.database.data.generator.profile import Profile
from langgraph_dba.database.data.sample_values import value_factory
from langgraph_dba.database.ddl.features import partitions
from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.ddl.sqlalchemy_tables import inline_partitions
from langgraph_dba.database.ddl.type_mapping import to_engine_value, type_sql
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.schema import Column, ColumnType, OtherObject, Partition, Table

_PROBE = "dba_partition_probe"
LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.'])(-?\d+(?:\.\d+)?)(?![\w.'])")
_KEY = re.compile(r'ALTER TABLE ("(?:[^"]|"")+"|\w+) ADD CONSTRAINT \S+ FOREIGN KEY')
_WANTED = 64
_NEAR = 24  # neighbours of a literal, in both directions
_MOST_STARTS = 4096  # combinations that are tried until one belongs to a partition
_SERIALS = (0, 1, 2, 3, 1004, 60_000)
_MOMENTS = ("date", "instant", "local-datetime")
_Row = Mapping[str, object]


def with_partition_values(table: Table, connection: Connection, traits: Traits) -> Table:
    """Return the table whose partition columns have values that belong to a partition.

    It is unchanged if its usual values do, or if no values are found: the engine then refuses its rows.
    """
    columns = _partition_columns(table)
    if not columns or not table.partitions:
        return table
    with _PartitionProbe(table, columns, connection, traits) as accepts:
        usual = {column.name: _usual(table, column, traits) for column in columns}
        if all(map(accepts, _combined(usual))):
            return table
        found = _accepted(columns, _Candidates(table, usual), accepts)
    if found is None:
        return table
    changed = (_with_values(column, found.get(column.name, ()), traits) for column in table.columns)
    return table.with_(columns=tuple(changed))


def with_free_partitions(table: Table, others: Iterable[OtherObject]) -> Table:
    """Return the table without partitions that have a foreign key of their own, unless all have: no row can obey it."""
    bound = {name for one in others if one.kind == "partition constraint" for name in _KEY.findall(one.definition)}
    left = tuple(_without(table.partitions, {name.strip('"') for name in bound}))
    return table.with_(partitions=left) if left else table


def _without(parts: Iterable[Partition], names: set[str]) -> Iterator[Partition]:
    for one in parts:
        inner = tuple(_without(one.partitions, names))
        if one.name not in names and (inner or not one.partitions):
            yield one.model_copy(update={"partitions": inner})


def _partition_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns by which a table or its partitions are partitioned; none if a value cannot be chosen."""
    words = set(re.findall(r"\w+", " ".join((table.partitioned_by, *(one.partitioned_by for one in _all(table))))))
    columns = tuple(column for column in table.columns if column.sql_name in words)
    fixed = table.referring_columns
    return () if any(column.generated or column.name in fixed for column in columns) else columns


def _all(parent: Table | Partition) -> Iterator[Partition]:
    for one in parent.partitions:
        yield one
        yield from _all(one)


def _usual(table: Table, column: Column, traits: Traits) -> list[object]:
    make = value_factory(table, column)
    values = [make(serial, serial) for serial in _SERIALS]
    if column.type.name in _MOMENTS:
        # large generated data is within the period of its profile
        ends = Profile().starts, Profile().ends
        values += [moment.date() if column.type.name == "date" else moment for moment in ends]
    return [to_engine_value(value, column.type, traits) for value in values]


def _combined(values: Mapping[str, list[object]]) -> Iterator[_Row]:
    for row in zip_longest(*values.values()):
        yield {name: own[0] if value is None else value for (name, own), value in zip(values.items(), row, strict=True)}


class _PartitionProbe:
    """A table with the partition columns and the partitions alone; a call says whether a row belongs to one."""

    def __init__(self, table: Table, columns: Iterable[Column], connection: Connection, traits: Traits) -> None:
        parts, self._columns = table.partitions, {column.name: column for column in columns}
        # partitions of PostgreSQL are tables, whose names are in use; those of MariaDB belong to their table
        probe = table.with_(name=_PROBE, engine_name="", partitions=tuple(_renamed(parts, _PROBE)))
        inline = inline_partitions(table.with_(partitions=parts), traits)
        names = {column.name: quote_name(column.sql_name, traits) for column in self._columns.values()}
        listed = ", ".join(f"{names[one.name]} {type_sql(one.type, traits)}" for one in self._columns.values())
        self._create = [
            f"CREATE TABLE {_PROBE} ({listed}) PARTITION BY {table.partitioned_by} {inline}",
            *partitions(probe, traits),
        ]
        marks = ", ".join(f":{name}" for name in names)
        self._insert = f"INSERT INTO {_PROBE} ({', '.join(names.values())}) VALUES ({marks})"
        self._connection = connection

    def __enter__(self) -> Self:
        self._connection.run(f"DROP TABLE IF EXISTS {_PROBE}")
        for statement in self._create:
            self._connection.run(statement)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.run(f"DROP TABLE {_PROBE}")

    def __call__(self, row: _Row) -> bool:
        return not isinstance(self._connection.attempt((self._insert, dict(row))), Rejected)


def _renamed(parts: Iterable[Partition], prefix: str) -> Iterator[Partition]:
    for number, one in enumerate(parts):
        name = f"{prefix}_{number}"
        yield one.model_copy(update={"name": name, "partitions": tuple(_renamed(one.partitions, name))})


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The values to try for each column: near the literals of the bounds, then the usual ones and a wide grid."""

    table: Table
    usual: Mapping[str, list[object]]

    def of(self, column: Column) -> list[object]:
        bounds = " ".join(one.bound for one in _all(self.table))
        literals = dict.fromkeys(text.replace("''", "'") or number for text, number in LITERAL.findall(bounds))
        near = [list(islice(neighbours(text, column), 2 * _NEAR + 1)) for text in literals]
        # the nearest of each bound first, so that every partition gets rows
        texts = [text for group in zip_longest(*near) for text in group if text is not None]
        return list(dict.fromkeys((*texts, *self.usual[column.name], *_grid(column))))


def neighbours(text: str, column: Column) -> Iterator[str]:
    """Yield the value of a bound and values near it, the nearest first, as texts of the column's type."""
    step = _steps(text, column)
    yield text
    if step is not None:
        for number in range(1, _NEAR + 1):
            with suppress(OverflowError, ValueError, InvalidOperation):
                yield step(number)
            with suppress(OverflowError, ValueError, InvalidOperation):
                yield step(-number)


def _steps(text: str, column: Column) -> Callable[[int], str] | None:
    """Return the function from a distance to the value so far from a bound; None for a bound of another type."""
    with suppress(ValueError, InvalidOperation):
        if column.type.name == "date":
            day = dt.date.fromisoformat(text[:10])
            return lambda n: str(day + dt.timedelta(days=n))
        if column.type.name in _MOMENTS:
            moment = dt.datetime.fromisoformat(text)
            return lambda n: str(moment + dt.timedelta(hours=n))
        if column.type.name == "uuid":
            number = UUID(text).int
            return lambda n: str(UUID(int=number + n))
        if column.type.name in ("string", "text", "char"):
            return lambda n: f"{text}{n}" if n > 0 else text[: len(text) + n]
        base = Decimal(text)
        return lambda n: str(base + n)
    return None


def _grid(column: Column) -> Iterator[str]:
    """Yield values far apart: the key may be an expression, whose bounds are no values of the column."""
    if column.type.name in _MOMENTS:
        yield from (f"{year}-{month:02}-15" for year in range(1990, 2050) for month in range(1, 13))
    elif column.type.name not in ("string", "text", "char", "uuid"):
        yield from map(str, range(128))


def _accepted(
    columns: tuple[Column, ...], candidates: _Candidates, accepts: Callable[[_Row], bool]
) -> dict[str, tuple[object, ...]] | None:
    """Return the values of each column, of which every combination belongs to a partition; None if none is found."""
    every = {column.name: candidates.of(column) for column in columns}
    rows = (dict(zip(every, values, strict=True)) for values in islice(product(*every.values()), _MOST_STARTS))
    # with several columns, the first combination decides in which partitions the rows are
    start = next(filter(accepts, rows), None)
    if start is None:
        return None
    found: dict[str, tuple[object, ...]] = {name: (value,) for name, value in start.items()}
    for column in columns:
        more = (value for value in _extended(column, every[column.name], start) if value != start[column.name])
        fitting = (value for value in more if all(map(accepts, _corners(found | {column.name: (value,)}))))
        found[column.name] = (start[column.name], *islice(fitting, _WANTED - 1))
    return found


def _extended(column: Column, candidates: list[object], start: _Row) -> Iterator[object]:
    """Return the candidates and the neighbours of the first value, which may be one of a wide grid."""
    near = neighbours(str(start[column.name]), column)
    return iter(dict.fromkeys((*candidates, *near)))


def _corners(found: Mapping[str, tuple[object, ...]]) -> Iterator[_Row]:
    """Yield the combinations of the least and greatest values that were found of each column."""
    ends = [
        dict.fromkeys((values[0], min(values, key=str), max(values, key=str), values[-1])) for values in found.values()
    ]
    return (dict(zip(found, row, strict=True)) for row in product(*ends))


def _with_values(column: Column, values: tuple[object, ...], traits: Traits) -> Column:
    if not values:
        return column
    type_ = ColumnType(name="native", native=type_sql(column.type, traits), choices=tuple(map(str, values)))
    return column.model_copy(update={"type": type_, "nullable": False})
