"""The keys that rows have taken: of unique constraints, and of rules that say what exists once."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_dba.database.data.rule_rows import Row, meets
from langgraph_dba.database.model.business_rules import BusinessRule, OnlyOneRule, Tests
from langgraph_dba.database.model.schema import Columns, Table


@dataclass(frozen=True, slots=True)
class Key:
    """Columns of which no two rows that meet `where` have the same values."""

    columns: Columns
    where: Tests = ()
    ignore_case: Columns = ()

    def of(self, row: Row, table: Table) -> tuple[Any, ...] | None:
        """Return the values of a row; None if it is not compared with others."""
        if any(row[name] is None for name in self.columns) or not all(meets(test, row, table) for test in self.where):
            return None
        return tuple(self._compared(name, row[name]) for name in self.columns)

    def _compared(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and name in self.ignore_case:
            return value.lower()
        return repr(value) if isinstance(value, dict | list) else value  # values of JSON cannot be hashed


class KeysOfRows:
    """The keys of some rows of a table."""

    def __init__(self, table: Table, rules: Sequence[BusinessRule], rows: Collection[Row]) -> None:
        """Store the keys of the rows."""
        self._table = table
        keys = dict.fromkeys(Key(columns) for columns in (*table.keys, *(columns for _, columns in table.unique_sets)))
        scoped = (one for one in rules if isinstance(one, OnlyOneRule))
        keys |= dict.fromkeys(Key(one.columns, one.where, one.ignore_case) for one in scoped)
        self._taken = {key: {key.of(row, table) for row in rows} - {None} for key in keys}

    def clashes(self, row: Row) -> list[Key]:
        """Return the keys that a row shares with one of the rows."""
        return [key for key, taken in self._taken.items() if key.of(row, self._table) in taken]

    def apart(self, row: Row, others: Callable[[Row, Key], Iterator[Row]]) -> Row:
        """Return the row with changes by which it shares as few keys with the rows as can be found.

        `others` yields the row with changes of a key that it shares.
        """
        clashes = self.clashes(row)
        while clashes:
            left = len(clashes)
            found = (one for key in clashes for one in others(row, key))
            better = next((one for one in found if len(self.clashes(one)) < left), None)
            if better is None:
                break
            row, clashes = better, self.clashes(better)
        return row
