"""Values in messages about counterexamples."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

_LONGEST = 60


def shown(value: Any) -> str:
    """Return a value as a message shows it: texts in quotes, moments in ISO form, long ones with their length."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    text = repr(value)
    if len(text) <= _LONGEST:
        return text
    if not isinstance(value, str | bytes):
        return f"{text[:_LONGEST]}…"
    unit = "characters" if isinstance(value, str) else "bytes"
    return f"{text[: _LONGEST // 2]}… ({len(value)} {unit})"
