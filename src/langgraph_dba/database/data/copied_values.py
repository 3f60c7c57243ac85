"""Values of columns that repeat one of the row that is referred to, in rows of a sample."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from langgraph_dba.database.model.schema import Schema, Table

Row = dict[str, Any]
_NEW_ROWS = 10  # beside those that are loaded, to which a row may refer


class CopiedValues:
    """Finds the rows of a sample to which its rows refer; `row` and `count` are those of the sample."""

    def __init__(self, schema: Schema, row: Callable[[Table, int, int], Row], count: Callable[[str], int]) -> None:
        """Store them; rows are looked for when they are needed."""
        self._schema, self._row, self._count = schema, row, count
        self._rows = cache(self._by_key)

    def of(self, table: Table, tenant: int, row: Row, kept: Collection[str] = ()) -> Row:
        """Return the copies of a row, except those in `kept` and those of rows that are not of the sample."""
        found: Row = {}
        for copy in table.copied_columns:
            key = table.foreign_key(copy.key)
            if copy.column in kept:
                continue
            if any(row[name] is None for name in table.own_key_columns(key)):
                found[copy.column] = None
                continue
            target = self._schema.table(key.target)
            owner = 1 if self._schema.is_shared(target) else tenant
            parent = self._rows(target.name, key.target_columns, owner).get(tuple(row[name] for name in key.columns))
            if parent is not None:
                found[copy.column] = parent[copy.source]
        return found

    def _by_key(self, target: str, columns: tuple[str, ...], tenant: int) -> Mapping[tuple[Any, ...], Row]:
        table = self._schema.table(target)
        rows = (self._row(table, tenant, number) for number in range(self._count(target) + _NEW_ROWS))
        return {tuple(row[name] for name in columns): row for row in rows}
