"""Values that violate a check, a name for each violation, and a description of the check."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import Choice, Condition, Filled, Meaning, Ordered, Range, Table

Row = dict[str, Any]


def wrong_values(check: Meaning, row: Row, table: Table) -> Iterator[Row]:
    """Yield changes to a valid row; each of them violates the check and no other constraint."""
    match check:
        case Range(column=name, low=low, high=high):
            type_ = table.column(name).type
            step = Decimal(1).scaleb(-precision_of(type_)[1]) if type_.name == "decimal" else Decimal(1)
            if low is not None:
                yield {name: low - step}
            if high is not None:
                yield {name: high + step}
        case Choice(column=name):
            yield {name: "none-of-these"}
        case Filled(column=name):
            # a condition of other text may refuse only the empty text (`column <> ''`)
            yield {name: "" if _condition_of(check, table) else "  "}
        case Ordered(first=first, last=last):
            # either may be NULL: the violation is made from the one that is not
            base = row[first] if row[first] is not None else row[last]
            # the values of a native type are texts, whose order is not known
            if base is not None and not isinstance(base, str):
                yield {first: _after(base), last: base}


def _after(value: Any) -> Any:
    if isinstance(value, dt.time):
        return dt.time(23, 59)
    return value + (dt.timedelta(days=1) if isinstance(value, dt.date) else 1)


def violation_name(check: Meaning, number: int) -> str:
    """Return a name for the violation by change `number` of `wrong_values`, for the name of a test."""
    match check:
        case Range(low=low):
            return "too_little" if low is not None and number == 0 else "too_much"
        case Choice():
            return "an_unknown_value"
        case Filled():
            return "blanks"
        case Ordered():
            return "the_wrong_order"


def describe_check(check: Meaning, table: Table) -> str:
    """Return the condition of a check as one sentence; in SQL if the check is only a part of it or was read from it."""
    if condition := _condition_of(check, table):
        return f"each row of {table.name} satisfies {condition.sql}"
    match check:
        case Range(column=name, low=low, high=high):
            bounds = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
            return f"{table.name}.{name} is {' and '.join(b for b in bounds if b)}"
        case Choice(column=name, values=values):
            return f"{table.name}.{name} is one of {', '.join(values)}"
        case Filled(column=name):
            return f"{table.name}.{name} is not blank"
        case Ordered(first=first, last=last):
            return f"{table.name}.{last} is not before {first}"


def _condition_of(check: Meaning, table: Table) -> Condition | None:
    """Return the condition from which a check was parsed; None if the check is all of it."""
    conditions = (one for one in table.checks if isinstance(one, Condition))
    return next((condition for condition in conditions if check in condition.means), None)
