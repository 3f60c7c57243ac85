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


_MOMENT_ENDS = frozenset({"at", "timestamp"})
# What a name says beside the event: `date_joined`, `created_on`, `paid_utc`.
_CLOCKS = frozenset({"at", "date", "datetime", "dt", "gmt", "on", "time", "timestamp", "ts", "utc", "when"})
_PARTICIPLES = frozenset({"bought", "built", "done", "lost", "made", "paid", "seen", "sent", "sold", "written"})
# Their ending is that of a participle, and they are no events: `closed` is one, `dated` says what a document tells.
_NO_PARTICIPLES = frozenset({"based", "dated", "fixed", "hundred", "limited", "located", "related", "sacred", "timed"})
# What the software records when it happens; `start`, `delivery`, `booking` and `return` may be appointments.
_RECORDED = frozenset(
    {
        "approval", "cancellation", "change", "create", "creation", "delete", "deletion", "insert", "insertion", "log",
        "login", "logon", "logout", "modification", "modify", "order", "payment", "purchase", "registration", "sale",
        "signin", "signup", "submission", "transaction", "update", "upload", "write",
    }
)  # fmt: skip
_LAST = frozenset({"last", "latest", "prev", "previous"})
# Behind `last`, also these happened: a `last_run`, but not a `last_name`, a `last_stop` or a `last_day`.
_REPEATED = _RECORDED | {
    "access", "action", "active", "activity", "attempt", "backup", "build", "check", "comment", "connection", "contact",
    "crawl", "deploy", "edit", "error", "export", "failure", "fetch", "heartbeat", "import", "message", "ping", "poll",
    "post", "refresh", "reply", "request", "reset", "run", "scan", "success", "sync", "use", "visit",
}  # fmt: skip
# Clock readings at a place, which have no time zone of their own.
_LOCAL = frozenset({"closes", "closing", "day", "local", "month", "opening", "opens", "weekday"})
# What is arranged is mostly stored as a local time, as are the departures and arrivals of a timetable.
_ARRANGED = frozenset(
    {
        "anticipated", "appointed", "arranged", "arrived", "be", "boarded", "booked", "departed", "desired", "due",
        "est", "estimated", "expected", "forecast", "forecasted", "landed", "needed", "next", "plan", "planned",
        "postponed", "preferred", "projected", "promised", "proposed", "requested", "required", "rescheduled",
        "reserved", "scheduled", "target", "targeted", "wanted",
    }
)  # fmt: skip


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
    """Return whether a column with this name holds a moment, which is the same in all time zones.

    It does if the name ends in `at` or `timestamp`, or says that something has happened: `paid`, `date_joined`,
    `create_date`, `last_login`. Local times (`opens_at`) and arranged ones (`scheduled`, `due_date`) are no moments.
    """
    words = tuple(part for word in tokens(name) for part in _parts(word))
    if _LOCAL.intersection(words):
        return False
    return words[-1] in _MOMENT_ENDS or (not _ARRANGED.intersection(words) and _has_happened(words))


def _parts(word: str) -> tuple[str, ...]:
    """Return the parts of a word without a sign between them: `createtime`, `lastwritten`; else the word alone."""
    for clock in _CLOCKS:
        head = word.removesuffix(clock)
        if head != word and (head in _RECORDED or _is_participle(head)):
            return head, clock
    for last in _LAST:
        tail = word.removeprefix(last)
        if tail != word and (tail in _REPEATED or _is_participle(tail)):
            return last, tail
    return (word,)


def _has_happened(words: tuple[str, ...]) -> bool:
    event = [word for word in words if word not in _CLOCKS]
    if not event:
        return False
    if event[0] in _LAST:
        return event[-1] in _REPEATED or _is_participle(event[-1])
    # a `first_payment_date` may be agreed upon
    is_dated = len(event) < len(words) and "first" not in words
    return _is_participle(event[-1]) or (is_dated and event[-1] in _RECORDED)


def _is_participle(word: str) -> bool:
    # not `speed` and `need`
    regular = len(word) > 3 and word.endswith("ed") and not word.endswith("eed")  # noqa: PLR2004  of `used`
    return word in _PARTICIPLES or (regular and word not in _NO_PARTICIPLES)
