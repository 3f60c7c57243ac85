"""Derive the meaning of a column from the words of its name: `unit_price` is money, `price_id` is a key.

Only word lists that several rules use are here; the words of a single rule are in its module.
"""

from langgraph_dba.database.model.schema import Table

# Not `discount`: it is a share of a price at least as often as an amount, which is called `discount_amount`.
_MONEY = frozenset(
    {
        "amount", "balance", "budget", "cost", "costs", "expense", "fee", "fees", "fine", "freight", "income",
        "payment", "price", "profit", "rate", "refund", "rent", "revenue", "salary", "subtotal", "surcharge", "tax",
        "tip", "total", "turnover", "wage", "wages",
    }
)  # fmt: skip
# With one of these words in the name the number is a measurement, a share or a count, where a float can be correct.
_MEASURED = frozenset(
    {
        "area", "celsius", "cm", "count", "days", "degrees", "distance", "duration", "elasticity", "factor",
        "fahrenheit", "grams",
        "height", "hours", "id", "kg", "km", "kwh", "latitude", "length", "liters", "litres", "longitude", "mass",
        "meters", "metres", "mg", "miles", "minutes", "ml", "mm", "percent", "percentage", "points", "ratio", "score",
        "seconds", "sensitivity", "speed", "temperature", "units", "volume", "votes", "weight", "width",
    }
)  # fmt: skip
# `total_distance` and `heart_rate` are not money: these words take their unit from the words beside them.
_OF_ANY_UNIT = frozenset({"amount", "total", "rate", "balance"})
_OTHER_THINGS = frozenset(
    {
        "bit", "birth", "click", "conversion", "data", "death", "dose", "energy", "error", "failure", "flow", "frame",
        "growth", "heart", "infusion", "pulse", "rainfall", "refresh", "respiratory", "response", "sample", "sampling",
        "success", "time", "water",
    }
)  # fmt: skip
_UNITS = frozenset({"unit", "units", "uom", "measure", "measurement_unit", "unit_of_measure", "unit_id"})


_MOMENTS = frozenset({"at", "timestamp", "created", "updated", "modified", "deleted"})


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a snake_case name in lower case; at least one."""
    return tuple(part for part in name.lower().split("_") if part) or (name,)


def is_money(name: str, table: Table) -> bool:
    """Return whether a column with this name holds money; an `amount` in a table with a column `unit` does not."""
    parts = tokens(name)
    # `cost_per_km` is money: the words after `per` name its unit
    words = frozenset(parts[: parts.index("per")] if "per" in parts else parts)
    if not words & _MONEY or words & _MEASURED:
        return False
    other = words & _OTHER_THINGS or _UNITS.intersection(table.column_names)
    return not (other and words & _MONEY <= _OF_ANY_UNIT)


def is_moment(name: str) -> bool:
    """Return whether a column with this name holds a moment, which is the same in all time zones."""
    words = tokens(name)
    return words[-1] in _MOMENTS and "local" not in words
