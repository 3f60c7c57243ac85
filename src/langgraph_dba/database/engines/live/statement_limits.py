"""Limits of one statement on a user's database, and the error for an exceeded limit."""

from dataclasses import dataclass
from typing import Literal

from langgraph_dba.errors import OverLimit

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one statement on a user's database: exceeding one raises OverLimit; results are never truncated."""

    rows: int = 10_000
    size_bytes: int = 32 * _MIB  # of all values of the result, as the driver returns them
    time_s: float = 30.0
    lock_wait_s: float = 2.0
    memory_bytes: int = 512 * _MIB  # of the helper process that reads an SQLite file; a server has its own limits

    def over(self, what: Literal["rows", "size", "time", "memory"]) -> OverLimit:
        """Return the error that names the limit, its value, and what to do."""
        limit, fix = {
            "rows": (f"{self.rows:,} rows", "add LIMIT or aggregate, or raise Limits(rows=…)"),
            "size": (f"{self.size_bytes:,} bytes of result", "read fewer columns, or raise Limits(size_bytes=…)"),
            "time": (f"{self.time_s:g} s", "read less, or raise Limits(time_s=…)"),
            "memory": (f"{self.memory_bytes:,} bytes of memory", "read less, or raise Limits(memory_bytes=…)"),
        }[what]
        return OverLimit(f"over the limit of {limit}: {fix}")


class ResultBudget:
    """Collect the rows of one result; `add` raises OverLimit at the first row beyond a limit."""

    def __init__(self, limits: Limits) -> None:
        """Start with no rows."""
        self._limits = limits
        self._size = 0
        self.rows: list[tuple[object, ...]] = []

    def add(self, row: tuple[object, ...]) -> None:
        """Append a row; OverLimit if it exceeds the number of rows or bytes."""
        if len(self.rows) >= self._limits.rows:
            raise self._limits.over("rows")
        self._size += sum(map(_size, row))
        if self._size > self._limits.size_bytes:
            raise self._limits.over("size")
        self.rows.append(row)


def _size(value: object) -> int:
    if isinstance(value, str):
        # encoding every text only to count its bytes would be slow: ASCII texts have one byte per character
        return len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))
    if isinstance(value, bytes | bytearray | memoryview):
        return len(value)
    if isinstance(value, list | tuple):
        return 8 + sum(map(_size, value))
    if isinstance(value, dict):
        return 8 + sum(_size(key) + _size(item) for key, item in value.items())
    return 8
