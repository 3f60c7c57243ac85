"""Change rows so that they meet the tests of business rules, or break one of them at its boundary."""

import calendar
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import (
    BusinessRule,
    ChooseRule,
    ColumnTest,
    FrozenRule,
    HoldsRule,
    KeptRule,
    NoOverlapRule,
    StatesRule,
    TestOperator,
    Tests,
)
from langgraph_dba.database.model.schema import ColumnType, Table

Row = dict[str, Any]
Others = Callable[[str], Sequence[Any]]
"""The values that a column may have, the usual one first: keys of rows that exist, or values of its type."""

OPPOSITES: Mapping[str, TestOperator] = {
    "is": "is-not", "is-not": "is", "present": "absent", "absent": "present", "less-than": "at-least",
    "at-most": "more-than", "more-than": "at-most", "at-least": "less-than", "before": "not-before",
    "not-after": "after", "after": "not-after", "not-before": "before",
}  # fmt: skip
_STRICT = {"less-than": -1, "before": -1, "more-than": 1, "after": 1}


def meeting(tests: Tests, row: Row, table: Table, others: Others, kept: Collection[str] = ()) -> Row | None:
    """Return the row with the changes by which it meets all tests, None if none was found; `kept` are not changed."""
    for _ in tests:  # a change for one test may undo another one
        for test in tests:
            if not meets(test, row, table):
                change = change_for(test, row, table, others) if test.column not in kept else None
                if change is None and test.other and test.other not in kept:
                    opposite = test.model_copy(update={"op": OPPOSITES[test.op]})
                    change = _broken(opposite, row, table, others, test.other)
                if change is None:
                    return None
                row = row | change
    return row if all(meets(test, row, table) for test in tests) else None


def breaking(test: ColumnTest, row: Row, table: Table, others: Others) -> Iterator[Row]:
    """Yield the row with changes by which it breaks a test, at its boundary: of its left column, then of its right."""
    for column in test.columns:
        change = _broken(test, row, table, others, column)
        if change is not None and not meets(test, row | change, table) and _is_comparable(test, row | change):
            yield row | change


def meets(test: ColumnTest, row: Row, table: Table) -> bool:
    """Return whether a row meets a test; an absent value meets no comparison except `is-not`."""
    left = row[test.column]
    if test.op in ("present", "absent"):
        return (left is not None) == (test.op == "present")
    if test.op == "in":
        return left is not None and left in [constant(value, table.column(test.column).type) for value in test.values]
    right = _right(test, row, table)
    if left is None or right is None:
        return test.op == "is-not"
    match test.op:
        case "is":
            return bool(left == right)
        case "is-not":
            return bool(left != right)
        case "less-than" | "before":
            return bool(left < right)
        case "at-most" | "not-after":
            return bool(left <= right)
        case "more-than" | "after":
            return bool(left > right)
        case _:
            return bool(left >= right)


def is_frozen(rule: FrozenRule, row: Row, table: Table) -> bool:
    """Return whether a row is in the state from which on a rule freezes it, or is still to be kept."""
    if isinstance(rule, KeptRule):
        since = row[rule.since]
        now = dt.datetime.now(dt.UTC)
        moment = now if getattr(since, "tzinfo", None) else now.replace(tzinfo=None)
        present = moment if isinstance(since, dt.datetime) else now.date()
        return since is not None and bool(later(since, rule.span) > present)
    return all(meets(test, row, table) for test in rule.once)


def abiding(
    row: Row, rules: Sequence[BusinessRule], table: Table, others: Others, kept: Collection[str] = (), *, turn: int = 0
) -> Row:
    """Return the row with the changes by which it breaks none of the rules about single rows, as far as possible.

    Of columns of which one has a value, each has it in turn; a column with states is in one of the first ones.
    """
    # periods first: other rules say how long they are
    ordered = sorted(rules, key=lambda rule: not isinstance(rule, NoOverlapRule))
    # twice: a change for one rule may bring the row into the scope of an earlier one
    for rule in (*ordered, *(one for one in ordered if not isinstance(one, NoOverlapRule))):
        if isinstance(rule, HoldsRule) and all(meets(test, row, table) for test in rule.if_):
            compared = [test for test in rule.that if _is_comparable(test, row)]
            row = meeting(tuple(compared), row, table, others, kept) or row
        elif isinstance(rule, ChooseRule):
            number = len(rule.columns) if rule.number == "all-or-none" else 1
            first = [name for name in kept if row[name] is not None] or [rule.columns[turn % len(rule.columns)]]
            row = row | chosen(rule, row, number, others, first)
        elif isinstance(rule, NoOverlapRule):
            row = row | _shortest_period(rule, row, table, kept)
        elif isinstance(rule, StatesRule) and rule.column not in kept:
            starts = [constant(one, table.column(rule.column).type) for one in rule.start]
            row = row if row[rule.column] in starts else row | {rule.column: starts[turn % len(starts)]}
    return row


def _shortest_period(rule: NoOverlapRule, row: Row, table: Table, kept: Collection[str]) -> Row:
    """Return the other bound of a period of which one is kept: a long period would overlap with those of other rows."""
    bounds = [name for name in (rule.starts, rule.ends) if name in kept]
    if len(bounds) != 1 or row[bounds[0]] is None:
        return {}
    other, sign = (rule.ends, 1) if bounds[0] == rule.starts else (rule.starts, -1)
    value = stepped(row[bounds[0]], table.column(other).type, sign)
    return {} if value is None else {other: value}


def overlap(rule: NoOverlapRule, one: Row, other: Row, table: Table) -> bool:
    """Return whether a rule compares two rows and their periods overlap; an absent bound is no bound."""
    if any(one[name] is None or one[name] != other[name] for name in rule.columns):
        return False
    if not all(meets(test, row, table) for test in rule.where for row in (one, other)):
        return False
    pairs = ((one[rule.starts], other[rule.ends]), (other[rule.starts], one[rule.ends]))
    return all(
        start is None or end is None or start < end or (rule.last_included and start == end) for start, end in pairs
    )


def breaks_check(row: Row, rules: Sequence[BusinessRule], table: Table) -> bool:
    """Return whether a row breaks one of the rules of its table that compare its columns."""
    return any(
        isinstance(rule, HoldsRule)
        and all(meets(test, row, table) for test in rule.if_)
        and not all(meets(test, row, table) for test in rule.that if _is_comparable(test, row))
        for rule in rules
    )


def beside_copies(rules: Sequence[BusinessRule], table: Table) -> tuple[list[HoldsRule], frozenset[str]]:
    """Return the rules with only the tests that name a copy, and the columns that these compare with copies."""
    found = []
    for rule in rules:
        tests = [t for t in rule.that if set(t.columns) & table.copies.keys()] if isinstance(rule, HoldsRule) else []
        if isinstance(rule, HoldsRule) and tests:
            found.append(rule.model_copy(update={"that": tuple(tests)}))
    return found, frozenset(name for rule in found for test in rule.that for name in test.columns)


def chosen(rule: ChooseRule, row: Row, number: int, others: Others, first: Collection[str] = ()) -> Row:
    """Return values for the columns of a rule, of which so many are present: those in `first` before the others."""
    ordered = sorted(rule.columns, key=lambda name: name not in first)
    return {
        name: (row[name] if row[name] is not None else next(iter(others(name)), None)) if position < number else None
        for position, name in enumerate(ordered)
    }


def _is_comparable(test: ColumnTest, row: Row) -> bool:
    return test.op in ("present", "absent", "in") or all(row[name] is not None for name in test.columns)


def constant(text: str, type_: ColumnType) -> Any:
    """Return a value of the requirements in the form of a sample's rows."""
    match type_.name:
        case "boolean":
            return text == "true"
        case "smallint" | "integer" | "bigint" | "duration" | "identity" | "reference":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "float":
            return float(text)
        case "date":
            return dt.date.fromisoformat(text)
        case "time":
            return dt.time.fromisoformat(text)
        case "instant" | "local-datetime":
            moment = dt.datetime.fromisoformat(text)
            return moment.replace(tzinfo=moment.tzinfo or dt.UTC) if type_.name == "instant" else moment
        case _:
            return text


def _right(test: ColumnTest, row: Row, table: Table) -> Any:
    if test.other:
        value = row[test.other]
        return later(value, test.plus) if test.plus and value is not None else value
    return constant(test.values[0], table.column(test.column).type)


def later(value: Any, span: str, sign: int = 1) -> Any:
    """Return a date or time plus (or minus) a span such as `16 years`; months end on their last day at most.

    Beyond the last day of the calendar, or before its first, it is that day.
    """
    text, unit = span.split()
    number, unit = sign * int(text), unit.removesuffix("s")
    try:
        if unit in ("year", "month"):
            months = value.year * 12 + value.month - 1 + number * (12 if unit == "year" else 1)
            year, month = months // 12, months % 12 + 1
            return value.replace(year=year, month=month, day=min(value.day, calendar.monthrange(year, month)[1]))
        return value + dt.timedelta(**{f"{unit}s": number})
    except (ValueError, OverflowError):
        end = type(value).max if number > 0 else type(value).min
        return end.replace(tzinfo=value.tzinfo) if isinstance(value, dt.datetime) else end


def stepped(value: Any, type_: ColumnType, sign: int) -> Any:
    """Return the next larger or smaller value, None if there is none."""
    if isinstance(value, bool | str) or value is None:
        return None
    if isinstance(value, dt.date):  # a datetime too
        unit = dt.timedelta(minutes=1) if isinstance(value, dt.datetime) else dt.timedelta(days=1)
        try:
            return value + sign * unit
        except OverflowError:
            return None
    if isinstance(value, dt.time):
        minute = value.hour * 60 + value.minute + sign
        return dt.time(minute // 60, minute % 60) if 0 <= minute < 24 * 60 else None
    if type_.name == "decimal":
        return value + sign * Decimal(1).scaleb(-precision_of(type_)[1])
    return value + sign


def change_for(test: ColumnTest, row: Row, table: Table, others: Others) -> Row | None:
    """Return a change of the left column by which the row meets a test."""
    column, type_ = test.column, table.column(test.column).type
    usual = others(column)
    if test.op == "absent":
        return {column: None}
    if test.op == "present":
        return {column: usual[0]} if usual else None
    if test.op == "in":
        return {column: constant(test.values[0], type_)}
    right = _right(test, row, table)
    if right is None:
        return None
    if test.op == "is-not":
        different = [value for value in usual if value not in (right, None)]
        raised = stepped(right, type_, 1)
        return {column: different[0]} if different else {column: raised} if raised is not None else None
    value = stepped(right, type_, _STRICT[test.op]) if test.op in _STRICT else right
    return None if value is None else {column: value}


def _broken(test: ColumnTest, row: Row, table: Table, others: Others, column: str) -> Row | None:
    """Return a change of a column by which the row breaks a test."""
    if test.op == "in":
        unlisted = [value for value in others(column) if value not in test.values and value is not None]
        return {column: unlisted[0]} if unlisted else None
    opposite = test.model_copy(update={"op": OPPOSITES[test.op]})
    if column == test.column:
        return change_for(opposite, row, table, others)
    # change the right column: solve the opposite test for it
    assert test.other
    left = row[test.column]
    if left is None:
        return None
    base = later(left, test.plus, -1) if test.plus else left
    if opposite.op in ("is", "at-least", "at-most", "not-before", "not-after"):
        return {column: base}
    if opposite.op == "is-not":
        return change_for(
            opposite.model_copy(update={"column": column, "other": test.column, "plus": ""}), row, table, others
        )
    value = stepped(base, table.column(column).type, -_STRICT[opposite.op])
    return None if value is None else {column: value}
