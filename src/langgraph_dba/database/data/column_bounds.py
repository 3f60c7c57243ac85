"""Which values generated columns may have: bounds of checks and types, and pairs of columns that are ordered."""

import re
from collections.abc import Iterable
from decimal import Decimal

from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import ColumnType, Ordered, Range, Table

Bounds = tuple[Decimal | None, Decimal | None]
INTEGERS = ("smallint", "integer", "bigint", "duration")
_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "integer": 4, "int": 4, "bigint": 8}
_WIDE = 2**16
_NATIVE_INTEGER = re.compile(r"(?i)(?P<name>\w+)(?:\(\d+\))?(?P<unsigned> unsigned)?")
_OPERAND = r"\(*(?:COALESCE\()?\(*\"?(?P<{}>\w+)\"?\)*(?:::[a-z ]+)?(?:, '[^']*'(?:::[a-z ]+)?\))?"
_EXCLUDED = re.compile(
    rf"\w*range\({_OPERAND.format('first')}, {_OPERAND.format('last')}(?:, '[^']*'(?:::text)?)?\)+ WITH &&"
)


def integer_limits(type_: ColumnType) -> tuple[int, int]:
    """Return the smallest and the largest number of an integer type, that of the engine if it has one of its own."""
    native = _NATIVE_INTEGER.match(type_.native or "")
    size = 8 * (_BYTES.get(native["name"].lower() if native else "") or _BYTES.get(type_.name, 4))
    if native and native["unsigned"]:
        return 0, 2**size - 1
    return -(2 ** (size - 1)), 2 ** (size - 1) - 1


def narrow_limit(type_: ColumnType) -> Decimal | None:
    """Return the largest number of an integer type that the usual values may exceed; None for the other types."""
    largest = integer_limits(type_)[1]
    return Decimal(largest) if type_.name in INTEGERS and largest < _WIDE else None


def excluded_intervals(table: Table) -> dict[str, tuple[str, str]]:
    """Return, by constraint, the (first, last) columns of ranges of which it allows no two to overlap."""
    found = ((constraint.name, _EXCLUDED.search(constraint.sql)) for constraint in table.constraints)
    pairs = {name: (one["first"], one["last"]) for name, one in found if one}
    return {name: pair for name, pair in pairs.items() if {*pair} <= {*table.column_names}}


def orders(table: Table) -> tuple[Ordered, ...]:
    """Return the pairs of columns of which `last` must be after `first`, each pair after those that decide its `first`.

    Pairs that the bounds of the two columns order already are left out, and pairs that end a circle.
    """
    of_ranges = (
        Ordered(name=f"{last}_after_{first}", first=first, last=last)
        for first, last in excluded_intervals(table).values()
    )
    pairs: dict[tuple[str, str], Ordered] = {}
    for check in (*(one for one in table.meanings if isinstance(one, Ordered)), *of_ranges):
        if not _is_ordered_by_bounds(table, check) and not _leads_to(pairs.values(), check.last, check.first):
            pairs.setdefault((check.first, check.last), check)
    found = tuple(pairs.values())
    return tuple(sorted(found, key=lambda one: _depth(found, one.first)))


def bounds(table: Table, column: str) -> Bounds:
    """Return the bounds that the checks of a column declare, closer if a later column needs room within its own."""
    low, high = _declared(table, column)
    type_ = table.column(column).type
    step = Decimal(1).scaleb(-precision_of(type_)[1]) if type_.name == "decimal" else Decimal(1)
    for check in orders(table):
        if check.first == column:
            later_low, later_high = bounds(table, check.last)
            later_high = _least(later_high, narrow_limit(table.column(check.last).type))
            low = low if later_low is None or low is None else max(low, later_low - step)
            low = later_low - step if low is None and later_low is not None else low
            high = _least(high, None if later_high is None else later_high - step)
    return low, high


def _declared(table: Table, column: str) -> Bounds:
    ranges = [one for one in table.meanings if isinstance(one, Range) and one.column == column]
    low = max((one.low for one in ranges if one.low is not None), default=None)
    return low, min((one.high for one in ranges if one.high is not None), default=None)


def _least(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return min((bound for bound in (one, other) if bound is not None), default=None)


def _is_ordered_by_bounds(table: Table, check: Ordered) -> bool:
    (_, high), (low, _) = _declared(table, check.first), _declared(table, check.last)
    return high is not None and low is not None and high < low


def _leads_to(pairs: Iterable[Ordered], start: str, end: str) -> bool:
    """Return whether `end` is `start`, or after it by the pairs."""
    known = tuple(pairs)
    return start == end or any(_leads_to(known, one.last, end) for one in known if one.first == start)


def _depth(pairs: tuple[Ordered, ...], column: str) -> int:
    """Return how many columns come before a column, one after the other."""
    return max((1 + _depth(pairs, one.first) for one in pairs if one.last == column), default=0)
