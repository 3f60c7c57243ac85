"""Sort tables into an order in which they can be created."""

import heapq
from collections.abc import Iterable, Sequence

from langgraph_dba.database.model.schema import Table
from langgraph_dba.errors import RequirementsError


def creation_order(tables: Sequence[Table], *, break_circles: bool = False) -> list[Table]:
    """Return tables with referenced ones first, otherwise in their original order.

    In a circle, the table whose foreign keys into it are optional comes first; those keys are added later. Raises
    RequirementsError if all foreign keys of a circle are required, unless `break_circles` is set: then one table of the
    circle comes first, as in a database that adds the foreign keys later.
    """
    complete, startable = _Ready(tables, map(_targets, tables)), _Ready(tables, map(_required_targets, tables))
    ordered: list[Table] = []
    placed: set[int] = set()
    while len(ordered) < len(tables):
        number = complete.first(placed)
        # only if no table is complete: the optional keys of this one are added when all tables exist
        number = startable.first(placed) if number is None else number
        if number is None and break_circles:
            number = _first_in_circle([table for n, table in enumerate(tables) if n not in placed], tables)
        if number is None:
            unplaced = (table for number, table in enumerate(tables) if number not in placed)
            circle = ", ".join(sorted(table.entity or table.name for table in unplaced))
            raise RequirementsError(
                f"each of {circle} requires another to exist first: make one reference optional (`required: false`)"
            )
        placed.add(number)
        ordered.append(tables[number])
        for ready in (complete, startable):
            ready.create(tables[number].name)
    return ordered


def _first_in_circle(unplaced: Sequence[Table], tables: Sequence[Table]) -> int:
    """Return the position of a table of a circle that requires no table outside of it."""
    targets = {table.name: _required_targets(table) for table in unplaced}

    def needed(name: str) -> set[str]:
        found, pending = {name}, [name]
        while pending:
            new = (targets[pending.pop()] & targets.keys()) - found
            found |= new
            pending += new
        return found

    # a table that only depends on the circle needs more tables than those of the circle
    candidates = needed(unplaced[0].name)
    fewest = {name: len(needed(name)) for name in candidates}
    positions = {table.name: position for position, table in enumerate(tables)}
    return positions[min(candidates, key=lambda name: (fewest[name], positions[name]))]


def _targets(table: Table) -> set[str]:
    return {key.target for key in table.foreign_keys if key.target != table.name}


def _required_targets(table: Table) -> set[str]:
    return {key.target for key in table.foreign_keys if key.target != table.name and not table.is_optional(key)}


class _Ready:
    """The tables whose required tables all exist, by position.

    A counter of missing tables for each table keeps the sort linear in the number of foreign keys.
    """

    def __init__(self, tables: Sequence[Table], needs: Iterable[set[str]]) -> None:
        self._missing: list[int] = []
        self._dependents: dict[str, list[int]] = {table.name: [] for table in tables}
        for number, needed in enumerate(needs):
            self._missing.append(len(needed))
            for name in needed:
                self._dependents.setdefault(name, []).append(number)
        self._heap = [number for number, count in enumerate(self._missing) if not count]

    def first(self, placed: set[int]) -> int | None:
        """Return the position of the first table that is ready and not placed yet, None if there is none."""
        # a table may be placed by the other `_Ready`: it is removed here when it comes to the front
        while self._heap and self._heap[0] in placed:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def create(self, name: str) -> None:
        """Mark a table as created: the tables that require it may become ready."""
        for number in self._dependents.pop(name, ()):
            self._missing[number] -= 1
            if not self._missing[number]:
                heapq.heappush(self._heap, number)
