"""The right side of a comparison in a business rule: a path, the present time, or a value of the left side's type."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from langgraph_dba.database.requirements.business_rules import Operand
from langgraph_dba.database.requirements.model import Attribute, Requirements
from langgraph_dba.database.requirements.paths import PathEnd, UnknownStep, follow
from langgraph_dba.findings import did_you_mean

Value = bool | int | Decimal | str | dt.date | dt.time
NOW = "now"
_LARGEST = 2**63 - 1
_DIGITS, _PLACES = 12, 2  # of a decimal without `precision` and `scale`


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that every row is compared with."""

    value: Value


def operand(requirements: Requirements, entity: str, right: Operand, left: PathEnd | None) -> PathEnd | Constant | str:
    """Return what the right side of a comparison means, or the reason why it means nothing.

    A value of a choice comes before an attribute of the same name.
    """
    attribute = left.attribute if left else None
    if isinstance(right, str) and not (attribute and right in attribute.choices):
        end = follow(requirements, entity, right)
        if isinstance(end, PathEnd):
            return end
    if left is None or attribute is None:
        known = follow(requirements, entity, str(right))
        assert isinstance(known, UnknownStep)
        return f"'{right}' is neither an attribute nor a relationship of '{known.entity}'"
    value = constant(str(right).lower() if isinstance(right, bool) else str(right), attribute)
    if isinstance(value, Constant):
        return value
    known = follow(requirements, entity, str(right))
    hint = did_you_mean(str(right), known.known) if isinstance(known, UnknownStep) else ""
    return f"{value}{f': {hint}' if hint else ''}"


def constant(text: str, attribute: Attribute) -> Constant | str:
    """Return a text as a value of an attribute, or the reason why it is none."""
    if attribute.type == "choice":
        if text in attribute.choices:
            return Constant(text)
        return f"'{text}' is no value of '{attribute.name}': use {', '.join(attribute.choices)}"
    read = _READ.get(attribute.type)
    if read is None:
        return f"'{attribute.name}' ({attribute.type}) cannot be compared with a value"
    try:
        value = read(text)
    except (ValueError, InvalidOperation, KeyError):
        return f"'{text}' is no {attribute.type}, which '{attribute.name}' is"
    return _too_long(value, attribute) or Constant(value)


def _too_long(value: Value, attribute: Attribute) -> str:
    """Return why a number cannot be a value of an attribute, which would round or refuse it; empty if it can."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        return f"{value} is larger than any value of '{attribute.name}'"
    if not isinstance(value, Decimal) or attribute.type == "float":
        return "" if not isinstance(value, Decimal) or abs(value) <= _LARGEST else f"{value} is too large"
    places = _PLACES if attribute.scale is None else attribute.scale
    digits = attribute.precision or max(_DIGITS, places)
    own = -int(value.normalize().as_tuple().exponent)
    if own > places:
        return f"{value} has {own} decimal places, and '{attribute.name}' has {places}"
    if abs(value) >= Decimal(10) ** (digits - places):
        return f"{value} has more than {digits - places} digits before the point, as many as '{attribute.name}' has"
    return ""


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_READ: Mapping[str, Callable[[str], Value]] = {
    **dict.fromkeys(("string", "text", "email", "phone", "url", "code"), str),
    **dict.fromkeys(("integer", "duration"), int),
    **dict.fromkeys(("decimal", "money", "float"), _finite),
    "boolean": lambda text: _BOOLEANS[text.lower()],
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
}
