"""Sample values of a column by serial number: within the column's bounds, different for each number if possible."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from langgraph_dba.database.data.column_bounds import INTEGERS, bounds, excluded_intervals, integer_limits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import Choice, Column, ColumnType, Table

# (serial over all tenants, number within the tenant) -> value
ValueFactory = Callable[[int, int], Any]
_FEW = 1000
_MOST_HOURS = 1000 * 366 * 24
_EPOCH = dt.datetime(2026, 1, 5, 8, 30, tzinfo=dt.UTC)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def value_factory(table: Table, column: Column) -> ValueFactory:
    """Return the function that generates the values of a column."""
    low, high = bounds(table, column.name)
    type_ = column.type
    if any(column.name == first for first, _ in excluded_intervals(table).values()) and type_.name in _SPACED:
        return _SPACED[type_.name]
    listed = next((c.values for c in table.meanings if isinstance(c, Choice) and c.column == column.name), ())
    if listed and type_.name != "native":
        return lambda _, number: listed[number % len(listed)]
    match type_.name:
        case "smallint" | "integer" | "bigint" | "duration":
            largest = Decimal(integer_limits(type_)[1])
            return _stepper(1, low, largest if high is None else min(high, largest), int)
        case "decimal":
            return _stepper(Decimal(1).scaleb(-precision_of(type_)[1]), low, high, Decimal)
        case "float":
            return _stepper(0.5, low, high, float)
        # by number and not by serial: every tenant gets every choice
        case "native":
            return _in_turn(type_.choices)
        case "choice":
            return lambda _, number: type_.choices[number % len(type_.choices)]
        case "string" | "text":
            return _texts(column)
        case "char" | "binary":
            return _of_full_length(type_)
        case name:
            return _SIMPLE[name]


def value_count(table: Table, column: Column) -> int:
    """Return how many values of a column the factory makes before they repeat, 0 if there are many."""
    listed = table.listed_values(column.name)
    if listed:
        return len(listed)
    if column.type.name == "boolean":
        return 2
    low, high = bounds(table, column.name)
    if column.type.name in INTEGERS and high is not None:
        start = low if low is not None else min(Decimal(0), high)
        values = int(high - start) + 1
        return values if values <= _FEW else 0
    return 0


def _of_full_length(type_: ColumnType) -> ValueFactory:
    length = type_.length or 8
    return _bytes(length) if type_.name == "binary" else lambda serial, _: serial_text(serial, length)


def _hour(serial: int) -> dt.datetime:
    # a new row of the tenants' own table has a serial number of many millions: the years would not end at 9999
    return _EPOCH + dt.timedelta(hours=serial % _MOST_HOURS)


_SIMPLE: dict[str, ValueFactory] = {
    "identity": lambda serial, _: serial + 1,
    "reference": lambda serial, _: serial + 1,
    "boolean": lambda _, number: number % 2 == 0,
    # another one for each row: a date may be a part of a key
    "date": lambda serial, _: _hour(24 * serial).date(),
    "time": lambda serial, _: dt.time(8 + serial % 12, serial // 12 % 60),
    "instant": lambda serial, _: _hour(serial),
    "local-datetime": lambda serial, _: _hour(serial).replace(tzinfo=None),
    "json": lambda serial, _: {"number": serial},
    "uuid": lambda serial, _: uuid.UUID(int=serial + 1),
}


def periods_apart(column: Column, length: dt.timedelta) -> int:
    """Return how many numbers the beginnings of periods of a length must be apart so that they do not overlap."""
    step = _STEPS.get(column.type.name)
    return 1 + (length + step) // step if length and step else 1


_GAP = 4  # units between the beginnings of two ranges that must not overlap
_SPACED: dict[str, ValueFactory] = dict.fromkeys(INTEGERS, lambda serial, _: _GAP * serial) | {
    "date": lambda serial, _: _hour(serial * _GAP * 24).date(),
    "time": lambda serial, _: dt.time(serial // 30 % 24, 2 * serial % 60),
}
# how far the values of two consecutive numbers are apart where ranges begin
_STEPS: dict[str, dt.timedelta] = {
    "date": dt.timedelta(days=_GAP),
    "time": dt.timedelta(minutes=2),
    "instant": dt.timedelta(hours=1),
    "local-datetime": dt.timedelta(hours=1),
}


def _in_turn(values: tuple[str, ...]) -> ValueFactory:
    # values that the engine accepted (`found_values.py`); without any, NULL
    return lambda serial, _: values[serial % len(values)] if values else None


def _stepper(step: Any, low: Decimal | None, high: Decimal | None, kind: Any) -> ValueFactory:
    start = low if low is not None else Decimal(0) if high is None else min(Decimal(0), high)
    # without an upper bound values never repeat; with one they start again, so a unique bounded column limits the rows
    if high is None:
        return lambda serial, _: kind(start) + serial * step
    steps = int((high - start) / Decimal(str(step))) + 1
    return lambda serial, _: kind(start) + (serial % steps) * step


def _texts(column: Column) -> ValueFactory:
    name, length = column.name, column.type.length
    email = name.endswith("email")

    def make(serial: int, _: int) -> str:
        words = f"user{serial}@example.com" if email else f"{name} {serial}"
        return words if length is None or len(words) <= length else serial_text(serial, length)

    return make


def _bytes(width: int) -> ValueFactory:
    return lambda serial, _: (serial % 256**width).to_bytes(width, "big")


def serial_text(serial: int, length: int) -> str:
    """Return a number in base 36, padded with zeros to exactly `length` characters."""
    text = ""
    while len(text) < length:
        serial, digit = divmod(serial, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text
