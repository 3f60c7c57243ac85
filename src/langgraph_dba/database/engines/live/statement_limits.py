"""Limits of one statement on a user's database, and the error for an exceeded limit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from sys import getsizeof
from typing import Any, Literal
from uuid import UUID

from langgraph_dba.errors import OverLimit

_MIB = 1024 * 1024
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one statement on a user's database: exceeding one raises OverLimit; results are never truncated."""

    rows: int = 10_000
    size_bytes: int = 32 * _MIB  # of the rows in the memory of this process
    time_s: float = 30.0  # of parsing, checking, running and reading the rows together
    lock_wait_s: float = 2.0
    memory_bytes: int = 512 * _MIB  # of the helper process that reads an SQLite file; a server has its own limits
    spent_s: float = field(default=0.0, repr=False)  # of `time_s`, before the statement is sent

    @property
    def left_s(self) -> float:
        """The seconds that are left of `time_s`."""
        return max(self.time_s - self.spent_s, _SHORTEST_S)

    def after(self, seconds: float) -> "Limits":
        """Return the limits of a statement for which this much time was spent already."""
        return replace(self, spent_s=self.spent_s + seconds)

    def over(self, what: Literal["rows", "size", "time", "memory"]) -> OverLimit:
        """Return the error that names the limit, its value, and what to do."""
        limit, fix = {
            "rows": (
                f"{self.rows:,} rows",
                "add LIMIT or aggregate, or raise Limits(rows=…), on the command line --rows",
            ),
            "size": (f"{self.size_bytes:,} bytes of result", "read fewer columns, or raise Limits(size_bytes=…)"),
            "time": (f"{self.time_s:g} s", "read less, or raise Limits(time_s=…), on the command line --seconds"),
            "memory": (f"{self.memory_bytes:,} bytes of memory", "read less, or raise Limits(memory_bytes=…)"),
        }[what]
        return OverLimit(f"over the limit of {limit}: {fix}")


class ResultBudget:
    """Collect the rows of one result; `add` raises OverLimit if they exceed a limit."""

    def __init__(self, limits: Limits) -> None:
        """Start with no rows."""
        self._limits = limits
        self._size = 0
        self._measured = 0  # rows whose size is known: that of all others is at most `_bound`
        self._bound = 0
        self.largest = 0  # bytes of a row at most, the mean of the batch that has the largest
        self.rows: list[tuple[object, ...]] = []

    @property
    def rows_left(self) -> int:
        """The number of rows that may follow."""
        return self._limits.rows - len(self.rows)

    def add(self, rows: Sequence[tuple[object, ...]], at_most_bytes: int = 0) -> None:
        """Append rows; OverLimit if the result then exceeds the number of rows or bytes.

        `at_most_bytes` is an upper bound of their size: they are not measured as long as it cannot exceed the limit.
        """
        if not rows:
            return
        if len(rows) > self.rows_left:
            raise self._limits.over("rows")
        self.rows += rows
        self._bound += at_most_bytes
        self.largest = max(self.largest, at_most_bytes // len(rows))
        if not at_most_bytes or self._size + self._bound > self._limits.size_bytes:
            self._measure()
            if self._size > self._limits.size_bytes:
                raise self._limits.over("size")

    def clear(self) -> None:
        """Drop all rows."""
        self.rows, self._size, self._measured, self._bound = [], 0, 0, 0

    def _measure(self) -> None:
        for start in range(self._measured, len(self.rows), _MEASURED_ROWS):
            rows = self.rows[start : start + _MEASURED_ROWS]
            self._size += rows_size(rows)
        self._measured, self._bound = len(self.rows), 0


# Asking each value for its size takes longer than reading it from the driver: only these types have one size.
_FIXED = frozenset({int, float, bool, type(None), dt.date, dt.datetime, dt.time, dt.timedelta, UUID})
_FIXED_BYTES = 48
_MEASURED_ROWS = 1_000  # at a time
_FLAT = frozenset({str, bytes, bytearray, Decimal, *_FIXED})
ValueKind = Literal["fixed", "text", "flat", ""]  # a column of one size, of texts or None, of numbers or bytes, others
_JOINED = 100  # fewer texts may be long ones: joining makes a copy
_TEXT_BYTES = 80  # of an empty one with the widest characters
# at most: of a row, of an empty value with its place in the row, and of one byte that was received
_ROW_BYTES, _VALUE_BYTES, _RECEIVED_BYTES = 72, 120, 4


def bound_bytes(rows: Sequence[tuple[object, ...]], received_bytes: int) -> int:
    """Return an upper bound of `rows_size` for rows of texts and numbers that were received in so many bytes."""
    if not rows:
        return 0
    return _RECEIVED_BYTES * received_bytes + len(rows) * (_ROW_BYTES + _VALUE_BYTES * len(rows[0]))


def size_bound(rows: Sequence[tuple[object, ...]], kinds: Sequence[ValueKind]) -> int:
    """Return an upper bound of `rows_size` from the kind of each column; texts are not looked at one by one."""
    size = len(rows) * (getsizeof(rows[0]) + 8)
    for kind, column in zip(kinds, zip(*rows, strict=True), strict=True):
        if kind == "fixed":
            size += len(rows) * _FIXED_BYTES
        elif kind == "text":
            size += _texts_bound(column)
        else:
            size += sum(map(getsizeof if kind == "flat" else _size, column))
    return size


def _texts_bound(column: Sequence[Any]) -> int:
    try:
        if len(column) > _JOINED:
            return getsizeof("".join(column)) + len(column) * _TEXT_BYTES
    except TypeError:  # one is None
        pass
    return sum(map(getsizeof, column))


def rows_size(rows: Sequence[tuple[object, ...]]) -> int:
    """Return the bytes of memory of rows."""
    size = len(rows) * (getsizeof(rows[0]) + 8)  # 8: its place in the list
    for column in zip(*rows, strict=True):
        kinds = set(map(type, column))
        if kinds <= _FIXED:
            size += len(rows) * _FIXED_BYTES
        elif kinds <= _FLAT:
            size += sum(map(getsizeof, column))
        else:
            size += sum(map(_size, column))
    return size


def _size(value: object) -> int:
    # a list and not recursion: JSON may be nested as deeply as Python can call
    size, values = 0, [value]
    while values:
        one = values.pop()
        size += getsizeof(one)
        if isinstance(one, list | tuple | set | frozenset):
            values += one
        elif isinstance(one, dict):
            values += (*one, *one.values())
        elif type(one) not in _FLAT:
            size += len(repr(one))
    return size
