"""What a column's name says about what it holds, read word by word: `unit_price` speaks of money, `price_id` of a key.

Only what more than one rule asks stands here; the words of a single rule stand in its file.
"""

from langgraph_dba.database.model.schema import Table

_MONEY = frozenset(
    {
        "amount", "balance", "budget", "cost", "costs", "discount", "expense", "fee", "fees", "fine", "income",
        "payment", "price", "profit", "rate", "refund", "rent", "revenue", "salary", "subtotal", "surcharge", "tax",
        "tip", "total", "turnover", "wage", "wages",
    }
)  # fmt: skip
# With one of these beside it the number is a measurement, a share or a count, and a float may well be right.
_MEASURED = frozenset(
    {
        "area", "celsius", "cm", "count", "days", "degrees", "distance", "duration", "factor", "fahrenheit", "grams",
        "height", "hours", "id", "kg", "km", "kwh", "latitude", "length", "liters", "litres", "longitude", "mass",
        "meters", "metres", "mg", "miles", "minutes", "ml", "mm", "percent", "percentage", "points", "ratio", "score",
        "seconds", "speed", "temperature", "units", "volume", "votes", "weight", "width",
    }
)  # fmt: skip
# These words alone count anything, and beside these others they do not count money.
_OF_ANY_UNIT = frozenset({"amount", "total", "rate", "balance"})
_OTHER_THINGS = frozenset(
    {
        "bit", "birth", "click", "conversion", "data", "death", "dose", "energy", "error", "failure", "flow", "frame",
        "growth", "heart", "infusion", "pulse", "rainfall", "refresh", "respiratory", "response", "sample", "sampling",
        "success", "time", "water",
    }
)  # fmt: skip
_UNITS = frozenset({"unit", "units", "uom", "measure", "measurement_unit", "unit_of_measure", "unit_id"})


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name."""
    return tuple(part for part in name.lower().split("_") if part) or (name,)


def speaks_of_money(name: str, table: Table) -> bool:
    """Whether a column of that name holds money; an `amount` beside a column `unit` counts something else."""
    said = tokens(name)
    words = frozenset(said[: said.index("per")] if "per" in said else said)
    if not words & _MONEY or words & _MEASURED:
        return False
    other = words & _OTHER_THINGS or _UNITS.intersection(table.column_names)
    return not (other and words & _MONEY <= _OF_ANY_UNIT)
