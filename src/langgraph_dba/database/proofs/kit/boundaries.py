"""Boundary values of a column's type, and values just outside of it."""

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import Column

_WHOLE = {"smallint": 2**15, "integer": 2**31, "duration": 2**31, "bigint": 2**63}
NumberRange = tuple[Decimal | None, Decimal | None]


def boundary_values(column: Column, bounds: NumberRange, *, any_characters: bool = True) -> Iterator[Any]:
    """Yield the extreme values that a column must store unchanged, limited by the range of its checks.

    Without `any_characters` the texts are ASCII, which every character set contains.
    """
    type_, (low, high) = column.type, bounds
    match type_.name:
        case "smallint" | "integer" | "bigint" | "duration":
            size = _WHOLE[type_.name]
            yield from (int(low) if low is not None else -size, int(high) if high is not None else size - 1)
        case "decimal":
            digits, scale = precision_of(type_)
            largest = (Decimal(10) ** digits - 1).scaleb(-scale)
            yield from (low if low is not None else -largest, high if high is not None else largest)
        case "float":
            yield from _floats(low, high)
        case "string" if not any_characters:
            yield "x" * (type_.length or 50)
        case "text" if not any_characters:
            yield "x" * 20_000
        case "string":
            # characters of two and four bytes in UTF-8: the length of a column counts characters, not bytes
            yield from ("ä" * (type_.length or 50), "🙂 x"[: type_.length])
        case "text":
            yield "ä" * 20_000
        case "choice":
            yield from type_.choices
        case name:
            yield from _BOUNDARIES.get(name, ())


# One instant has milliseconds, the other an offset of 5:30, which an engine without a zoned type converts to UTC.
_BOUNDARIES: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "date": (dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    "time": (dt.time(0, 0), dt.time(23, 59, 59)),
    "instant": (
        dt.datetime(2024, 2, 29, 23, 59, 59, 999_000, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 29, 3, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    ),
    "local-datetime": (dt.datetime(2024, 2, 29, 23, 59, 59),),  # noqa: DTZ001  a wall clock has no zone
    "json": ({"a": [1, None, {"b": "ä"}]}, []),
    "uuid": (uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)),
    "binary": (bytes(range(256)), b""),
}


def _floats(low: Decimal | None, high: Decimal | None) -> Iterator[float]:
    least, most = (-1e300 if low is None else float(low)), (1e300 if high is None else float(high))
    yield from (value for value in dict.fromkeys((0.5, least, most)) if least <= value <= most)


def out_of_range_values(column: Column, traits: Traits) -> Iterator[Any]:
    """Yield values, in the engine's form, that a column must refuse; none for types without a limit."""
    type_ = column.type
    match type_.name:
        case "smallint" | "integer" | "duration":
            yield from (_WHOLE[type_.name], -_WHOLE[type_.name] - 1)
        case "decimal":
            digits, scale = precision_of(type_)
            yield 10**digits if not traits.exact_decimals else Decimal(10) ** (digits - scale)
        case "string" if type_.length:
            yield "x" * (type_.length + 1)
        case "char" if type_.length:
            yield "x" * (type_.length + 1)
        case "date":
            yield from ("2023-02-30", "tomorrow-ish")
        case "instant" if not traits.native_temporal:
            # stored as text, one moment must have one text: with an offset or without a zone it would have several
            yield from ("2026-01-05 08:30:00", "2026-01-05T08:30:00+05:00", "2026-02-30T00:00:00.000Z")
        case "time" | "local-datetime" | "instant":
            yield "25:61"
        case "boolean" if not traits.native_booleans:
            yield 2
        case "json":
            yield "{not json"
        case _:
            return
