"""Names of text columns that mean a date or a moment."""

import re

from langgraph_dba.database.model.schema import Column, TypeName
from langgraph_dba.database.rules.kit.vocabulary import tokens

_SHORTEST = 6  # YYMMDD; `char(1)` is a flag, `char(5)` the month and year of a card
_EVENTS = frozenset(
    {
        "begin", "begins", "born", "bought", "built", "due", "effective", "end", "ends", "expire", "expires", "join",
        "paid", "seen", "sent", "sold", "start", "starts", "valid",
    }
)  # fmt: skip
# `located_at` is a place, `based_on` a source, `installed_on` a machine
_NO_EVENTS = frozenset({"based", "employed", "focused", "hosted", "installed", "located", "stored", "used"})
_DATES = frozenset({"date", "birthday", "birthdate", "dob", "expiry", "expiration"})
_MOMENTS = frozenset({"datetime", "timestamp", "expires", "created", "updated", "modified"})
_TIMES = (("date", "time"), ("created", "time"), ("updated", "time"), ("modified", "time"))
_BEHIND_DATE = frozenset({"of", "from", "to", "start", "end", "added", "sent", "paid", "time"})
# words of a text that is about a date, and of a column that keeps what somebody else wrote
_TEXTS = frozenset(
    {
        "caption", "card", "display", "format", "formatted", "label", "note", "notes", "original", "pattern", "raw",
        "string", "text", "verbatim",
    }
)  # fmt: skip


def date_in_text(column: Column) -> TypeName | None:
    """Return `date` or `instant`, as the name of a text column says; None for others."""
    words = tokens(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W+", "_", column.sql_name))  # createdAt, "Birth Date"
    is_text = column.type.name in ("string", "text", "char") and not column.generated
    if not is_text or (column.type.length or _SHORTEST) < _SHORTEST or _TEXTS.intersection(words):
        return None
    *before, last = words
    event = before[-1] if before else ""
    if last in _MOMENTS or words[-2:] in _TIMES:
        return "instant"
    if last in _DATES or (words[0] == "date" and (words[1] in _BEHIND_DATE or words[1].endswith("ed"))):
        return "date"
    if last in ("until", "from", "to", "through"):  # `moved_from` and `assigned_to` are places and people
        return "date" if event in ("valid", "effective") else None
    is_event = event not in _NO_EVENTS and (event in _EVENTS or event.endswith("ed"))
    return ("instant" if last == "at" else "date") if is_event and last in ("at", "on", "dt") else None
