"""Check one attribute: its name, type, bounds and default."""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from langgraph_dba.database.requirements.model import Attribute, AttributeType
from langgraph_dba.database.requirements.problems import problem_at, repeated
from langgraph_dba.database.requirements.reserved import is_reserved
from langgraph_dba.database.requirements.yaml_text import Path
from langgraph_dba.findings import Finding

_TEXTS = frozenset({"string", "text", "email", "phone", "url", "code"})
_NUMBERS = frozenset({"integer", "decimal", "money", "float", "duration"})
_TEMPORAL = frozenset({"date", "time", "instant", "local-datetime"})
# the types for which each key is allowed
_KEY_TYPES: dict[str, frozenset[str]] = {
    "length": _TEXTS - {"text"},
    "precision": frozenset({"decimal", "money"}),
    "scale": frozenset({"decimal"}),
    "choices": frozenset({"choice"}),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
}
_BETTER_NAMES = {
    "order": "position", "user": "user_name", "group": "group_name", "table": "table_number", "end": "ends_at",
    "limit": "maximum_count", "default": "is_default", "check": "is_checked", "desc": "description",
    "from": "starts_at", "to": "ends_at", "primary": "is_primary", "when": "happens_at", "index": "position",
    "values": "content",
}  # fmt: skip


def attribute_problems(attribute: Attribute, path: Path) -> Iterator[Finding]:
    """Yield the problems of one attribute."""
    yield from _name_problems(attribute, path)
    yield from _misplaced_keys(attribute, path)
    yield from _choice_problems(attribute, path)
    yield from _bound_problems(attribute, path)
    if attribute.default is not None:
        yield from _default_problems(attribute, path)


def _name_problems(attribute: Attribute, path: Path) -> Iterator[Finding]:
    name = attribute.name
    if name == "id":
        yield problem_at(
            (*path, "name"),
            "surrogate-key",
            "every table has an 'id' already: remove this attribute, or call it 'code'",
        )
    elif is_reserved(name):
        better = _BETTER_NAMES.get(name, f"{name}_text")
        yield problem_at(
            (*path, "name"),
            "reserved-name",
            f"'{name}' is a reserved word of SQL: use another name, such as '{better}'",
        )


def _misplaced_keys(attribute: Attribute, path: Path) -> Iterator[Finding]:
    for key, types in _KEY_TYPES.items():
        value = getattr(attribute, key)
        if value is not None and value != () and attribute.type not in types:
            allowed = ", ".join(sorted(types))
            yield problem_at(
                (*path, key),
                "misplaced-key",
                f"'{key}' has no meaning for type {attribute.type}: remove it, or use one of {allowed}",
            )


def _choice_problems(attribute: Attribute, path: Path) -> Iterator[Finding]:
    if attribute.type == "choice" and not attribute.choices:
        yield problem_at(path, "no-choices", f"'{attribute.name}' has no choices: list its values under 'choices'")
    for number in repeated(attribute.choices):
        yield problem_at(
            (*path, "choices", number), "duplicate-choice", f"'{attribute.choices[number]}' is listed twice: remove one"
        )


def _bound_problems(attribute: Attribute, path: Path) -> Iterator[Finding]:
    low, high = attribute.minimum, attribute.maximum
    if low is not None and high is not None and low > high:
        yield problem_at((*path, "minimum"), "crossed-bounds", f"minimum {low} is above maximum {high}: swap them")
    if attribute.type == "decimal" and attribute.precision is not None and (attribute.scale or 0) > attribute.precision:
        yield problem_at(
            (*path, "scale"),
            "crossed-bounds",
            f"scale {attribute.scale} is more than all {attribute.precision} digits: raise 'precision'",
        )


def _default_problems(attribute: Attribute, path: Path) -> Iterator[Finding]:
    reason = _wrong_default(attribute)
    if reason:
        message = f"default {attribute.default!r} does not fit '{attribute.name}' ({attribute.type}): {reason}"
        yield problem_at((*path, "default"), "bad-default", message)


def _wrong_default(attribute: Attribute) -> str:
    """Return why the default cannot be stored; empty if it can."""
    default: Any = attribute.default
    if default == "now":
        return "" if attribute.type in _TEMPORAL else "'now' is the time of insertion, for dates and times only"
    if attribute.type in _NUMBERS:
        return _wrong_number(attribute, default)
    if attribute.type == "choice":
        return "" if default in attribute.choices else f"use one of {', '.join(attribute.choices)}"
    if attribute.type == "boolean":
        return "" if isinstance(default, bool) or str(default).lower() in ("true", "false") else "use true or false"
    if attribute.type == "binary":
        return "bytes have no default: remove it"
    if not isinstance(default, str):
        return "put it in quotes"
    if attribute.type in _TEXTS:
        fits = attribute.length is None or len(default) <= attribute.length
        return "" if fits else f"it is longer than {attribute.length} characters"
    return _parse_error(attribute.type, default)


def _wrong_number(attribute: Attribute, default: Any) -> str:
    try:
        number = Decimal(str(default))
    except InvalidOperation:
        return "use a number"
    if isinstance(default, bool) or not number.is_finite():
        return "use a number"
    if attribute.type in ("integer", "duration") and number != number.to_integral_value():
        return "use a whole number"
    low, high = attribute.minimum, attribute.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        return "it is outside minimum and maximum"
    return ""


_PARSERS: dict[AttributeType, tuple[Callable[[str], object], str]] = {
    "date": (dt.date.fromisoformat, "write it like 2026-01-31, or 'now'"),
    "time": (dt.time.fromisoformat, "write it like 08:30, or 'now'"),
    "instant": (dt.datetime.fromisoformat, "write it like 2026-01-31T08:30:00Z, or 'now'"),
    "local-datetime": (dt.datetime.fromisoformat, "write it like 2026-01-31T08:30:00, or 'now'"),
    "json": (json.loads, "write valid JSON, such as '{}'"),
    "uuid": (uuid.UUID, "write 32 hexadecimal digits"),
}


def _parse_error(type_: AttributeType, default: str) -> str:
    parse, hint = _PARSERS[type_]
    try:
        parse(default)
    except (ValueError, RecursionError):  # deeply nested JSON exceeds the recursion limit
        return hint
    return ""
