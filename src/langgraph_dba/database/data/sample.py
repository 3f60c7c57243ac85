"""Sample rows for a schema: deterministic, consistent with every rule, in as many tenants and rows as asked for.

Values are Python's own (`Decimal`, aware `datetime`, `bool`); `load` turns them into what an engine stores.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, partial
from math import prod
from typing import Any

from langgraph_dba.database.data.sample_values import maker
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Connection, Traits
from langgraph_dba.database.model.schema import ForeignKey, Ordered, Schema, Table

Row = dict[str, Any]
_Cell = Callable[[int, int], Any]  # (tenant, number) -> value
# Every fifth optional value is left out, as in life, but none of the fresh row behind a small sample.
_GAP, _MISSING = 5, 2


class Sample:
    """`rows` rows a table and tenant; fewer where a unique reference leaves no room for so many.

    Tenants are numbered from 1. Row `i` of a table is the same row whatever else was asked for, and row `count(table)`
    is a fresh one that would still fit in.
    """

    def __init__(self, schema: Schema, *, tenants: int = 2, rows: int = 4) -> None:
        """Prepare; nothing is made until rows are asked for."""
        self.schema = schema
        self.tenants = tenants if schema.isolation else 1
        self.rows = rows
        self._cells = cache(self._make_cells)

    def count(self, table: str) -> int:
        """Return how many rows a table gets for each tenant."""
        return self._counts[table]

    def total(self, table: Table) -> int:
        """Return how many rows a table gets over all tenants."""
        return self.count(table.name) * (1 if self.schema.is_shared(table) else self.tenants)

    def all_rows(self, table: Table) -> Iterator[Row]:
        """Yield every row of a table, tenant by tenant; a table that tenants share is filled once."""
        for tenant in range(1, 2 if self.schema.is_shared(table) else self.tenants + 1):
            for number in range(self.count(table.name)):
                yield self.row(table, tenant, number)

    def row(self, table: Table, tenant: int, number: int) -> Row:
        """Return row `number` (from 0) of a tenant."""
        row = {name: cell(tenant, number) for name, cell in self._cells(table.name).items()}
        for check in table.meanings:
            if isinstance(check, Ordered) and row[check.first] is not None and row[check.last] is not None:
                row[check.last] = _later(row[check.first])
        return row

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for table in self.schema.tables:
            room = [prod(counts.get(key.target, self.rows) for key in keys) for keys in self._deciding(table)]
            # what tenants share is filled once, and holds as much as all of theirs together
            wanted = self.rows * (self.tenants if self.schema.is_shared(table) else 1)
            counts[table.name] = max(0, min([wanted, *(r - 1 for r in room)]))
        counts |= {table.name: 1 for table in self.schema.tables if self.schema.is_tenant_table(table)}
        return counts

    def _serial(self, table: Table, tenant: int, number: int) -> int:
        """Number rows over all tenants, so that no two share a surrogate key or a unique text."""
        if self.schema.is_tenant_table(table):
            return tenant - 1 + number * 1_000_000
        # the distance leaves room for fresh rows behind those that are loaded
        return (tenant - 1) * (self.rows + 1000) + number

    def _make_cells(self, name: str) -> Mapping[str, _Cell]:
        table = self.schema.table(name)
        cells = {column.name: self._plain(table, column.name) for column in table.columns}
        cells |= {copied.column: lambda *_: 0 for copied in table.derived_columns}
        for key in table.row_references:
            cells.update(self._referring(table, key))
        if table.tenant_column and table.column(table.tenant_column).type.name != "identity":
            cells[table.tenant_column] = lambda tenant, _: tenant
        return cells

    def _plain(self, table: Table, name: str) -> _Cell:
        column = table.column(name)
        make, optional = maker(table, column), column.nullable

        def cell(tenant: int, number: int) -> Any:
            if optional and number % _GAP == _MISSING:
                return None
            return make(self._serial(table, tenant, number), number)

        return cell

    def _referring(self, table: Table, key: ForeignKey) -> Iterator[tuple[str, _Cell]]:
        choose, target = self._chooser(table, key), self.schema.table(key.target)
        own, optional = table.own_key_columns(key), table.is_optional(key)
        for column, target_column in zip(key.columns, key.target_columns, strict=True):
            if column in own:
                yield column, self._pointer(target, target_column, choose, optional=optional)

    def _pointer(self, target: Table, column: str, choose: Callable[[int], int | None], *, optional: bool) -> _Cell:
        shared = self.schema.is_shared(target)

        def cell(tenant: int, number: int) -> Any:
            chosen = choose(number)
            if chosen is None and optional:
                return None
            return self._cells(target.name)[column](1 if shared else tenant, chosen or 0)

        return cell

    def _chooser(self, table: Table, key: ForeignKey) -> Callable[[int], int | None]:
        """Return which row of the target row `number` refers to; None where there is none yet."""
        if key.target == table.name:
            last = self.count(table.name)  # a fresh row follows the last one that is loaded
            return lambda number: min(number, last) - 1 if number else None
        if self.schema.is_forward(table, key):
            return lambda _: None
        for keys in self._deciding(table):
            if key in keys:
                sizes = [max(self.count(k.target), 1) for k in keys]
                return partial(_digit, sizes, keys.index(key))
        available, shift = max(self.count(key.target), 1), table.row_references.index(key)
        return lambda number: (number * 7 + shift) % available

    def _deciding(self, table: Table) -> list[list[ForeignKey]]:
        """The unique combinations that consist of references alone: they bound how many rows there can be."""
        found = []
        for unique in (table.primary_key, *(u.columns for u in table.uniques)):
            keys = [k for k in table.row_references if set(table.own_key_columns(k)) <= set(unique)]
            if keys and set(unique) <= {column for key in keys for column in key.columns} | {table.tenant_column}:
                found.append(keys)
        return found


def _digit(sizes: list[int], place: int, number: int) -> int:
    """Number the pairs (or triples) so that none comes twice and both sides spread."""
    digits = []
    for size in sizes:
        digits.append(number % size)
        number //= size
    return (digits[place] + (digits[0] if place else 0)) % sizes[place]


def _later(value: Any) -> Any:
    if isinstance(value, dt.time):
        return dt.time(23, 0)
    return value + (dt.timedelta(days=1) if isinstance(value, dt.date) else 1)


def load(connection: Connection, sample: Sample, traits: Traits) -> int:
    """Load a sample into an empty database and return how many rows it has; Rejected if a rule refuses one."""
    return sum(
        connection.load(
            table.sql_name,
            [column.sql_name for column in table.columns],
            (storable(row, table, traits) for row in sample.all_rows(table)),
        )
        for table in sample.schema.tables
    )


def storable(row: Row, table: Table, traits: Traits) -> list[Any]:
    """Return a row's values in column order, in the engine's form."""
    return [to_engine_value(row[column.name], column.type, traits) for column in table.columns]
