"""Derive the meaning of a column from the words of its name: `unit_price` is money, `price_id` is a key.

Only word lists that several rules use are here; the words of a single rule are in its module.
"""

from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.requirements.plural import singular_of

# Not `discount`: it is a share of a price at least as often as an amount, which is called `discount_amount`.
_MONEY = frozenset(
    {
        "amount", "balance", "budget", "cost", "costs", "expense", "fee", "fees", "fine", "freight", "income",
        "payment", "price", "profit", "refund", "rent", "revenue", "salary", "subtotal", "surcharge", "tax",
        "tip", "total", "turnover", "wage", "wages",
    }
)  # fmt: skip
# Codes that are no other word: not `all`, `try`, `cad`, `rub`, nor `inr`, which is a blood value too.
_CURRENCIES = frozenset(
    {
        "aud", "brl", "chf", "cny", "czk", "dkk", "dollar", "dollars", "eur", "euro", "euros", "gbp", "hkd", "huf",
        "jpy", "krw", "mxn", "nok", "nzd", "pln", "sek", "sgd", "usd", "zar",
    }
)  # fmt: skip
# A quotient without a unit, whatever amount it is about: `price_elasticity`, `fee_probability`.
_RATIOS = frozenset(
    {
        "coefficient", "correlation", "elasticity", "factor", "likelihood", "multiplier", "odds", "pct", "percent",
        "percentage", "percentile", "probability", "proportion", "quotient", "ratio", "score", "sensitivity",
        "volatility",
    }
)  # fmt: skip
# They are ratios as the noun that the others describe: a `cost_share`, but the price of a share is a `share_price`.
_RATIO_NOUNS = frozenset({"growth", "index", "rank", "ranking", "rate", "share", "trend", "weight"})
# Only these rates are prices: a `tax_rate`, an `exchange_rate` and an `interest_rate` are factors.
_PRICE_RATES = frozenset(
    {
        "billing", "contractor", "daily", "day", "employee", "freight", "hour", "hourly", "labor", "labour", "monthly",
        "night", "nightly", "overtime", "parking", "pay", "rent", "rental", "room", "salary", "shipping", "wage",
        "wages", "weekend", "weekly",
    }
)  # fmt: skip
# With one of these words in the name the number is a measurement or a count, where a float can be correct.
_MEASURED = frozenset(
    {
        "area", "celsius", "cm", "count", "days", "degrees", "distance", "duration", "fahrenheit", "grams", "height",
        "hours", "id", "kg", "km", "kwh", "latitude", "length", "liters", "litres", "longitude", "mass", "meters",
        "metres", "mg", "miles", "minutes", "ml", "mm", "points", "seconds", "speed", "temperature", "units", "volume",
        "votes", "weight", "width",
    }
)  # fmt: skip
# `total_distance` is no money: these words take their unit from the words beside them.
_OF_ANY_UNIT = frozenset({"amount", "total", "balance"})
_OTHER_THINGS = frozenset(
    {"click", "data", "dose", "energy", "error", "flow", "growth", "infusion", "rainfall", "sample", "time", "water"}
)
_UNITS = frozenset({"unit", "units", "uom", "measure", "measurement_unit", "unit_of_measure", "unit_id"})


_MOMENTS = frozenset({"at", "timestamp", "created", "updated", "modified", "deleted"})


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a snake_case name in lower case; at least one."""
    return tuple(part for part in name.lower().split("_") if part) or (name,)


def is_money(name: str, table: Table) -> bool:
    """Return whether a column with this name holds money; an `amount` in a table with a column `unit` does not.

    A currency names an amount too (`eur`, `paid_usd`), but two of them an exchange rate (`eur_usd`).
    """
    parts = tokens(name)
    # `cost_per_km` is money: the words after `per` name its unit
    words = frozenset(parts[: parts.index("per")] if "per" in parts else parts)
    if words & _MEASURED or len(_CURRENCIES.intersection(parts)) > 1:
        return False
    if _noun(parts) == "rate":
        described = parts if len(parts) > 1 else map(singular_of, tokens(table.name))
        return bool(_PRICE_RATES.intersection(described))
    named = words & (_MONEY | _CURRENCIES)
    if not named or is_ratio(name):
        return False
    other = words & _OTHER_THINGS or _UNITS.intersection(table.column_names)
    return not (other and named <= _OF_ANY_UNIT)


def is_ratio(name: str) -> bool:
    """Return whether a column with this name holds a ratio, rate or share, which is no amount and can be negative."""
    parts = tokens(name)
    return bool(_RATIOS.intersection(parts)) or _noun(parts) in _RATIO_NOUNS


def _noun(parts: tuple[str, ...]) -> str:
    """Return the word that the others describe: the last one, or the one before `of` or `per`."""
    end = next((at for at, word in enumerate(parts) if at and word in ("of", "per")), len(parts))
    return next((word for word in reversed(parts[:end]) if not word.isdecimal()), "")


def is_moment(name: str) -> bool:
    """Return whether a column with this name holds a moment, which is the same in all time zones."""
    words = tokens(name)
    return words[-1] in _MOMENTS and "local" not in words
