"""Decide whether two conditions can be compared by trying values, and which values to try.

A trial is only meaningful where a few values stand for all others. A comparison of a column with a literal is such a
place: its answer changes only at the literal. Any other part (arithmetic, a pattern, a function of its own) must be the
same in both conditions, because no list of values shows that two of them agree.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.reflection.expression_form import DIALECTS, is_octets

_STRUCTURE = (exp.And, exp.Or, exp.Not, exp.Paren, exp.Boolean, exp.Null)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ)
_OPERANDS = (exp.Paren, exp.Cast, exp.Length, exp.Trim, exp.Lower, exp.Upper, exp.Coalesce, exp.Nullif, exp.Neg)
_LONGEST = 300  # characters of a text made for a comparison with a length


@dataclass(slots=True)
class Parts:
    """The parts of conditions that decide which values to try.

    `opaque` are the comparisons whose answer no list of values shows; `settings` are read with `current_setting`.
    """

    opaque: set[str] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    reason: str = ""  # why the condition cannot be tried


def parts_of(conditions: Sequence[str], traits: Traits, *, value: bool = False) -> Parts:
    """Return the parts of several conditions together; with `value` each text is a value and no condition."""
    parts = Parts()
    for text in conditions:
        try:
            tree = sqlglot.parse_one(text, dialect=DIALECTS.get(traits.dialect, traits.dialect), into=exp.Condition)
        except SqlglotError:
            parts.reason = "it cannot be parsed"
            return parts
        if tree.find(exp.Select, exp.Subquery, exp.Window, exp.AggFunc):
            parts.reason = "it reads other rows"
        if not (value and _is_operand(tree)):
            _condition(tree, parts)
        _literals(tree, parts)
    return parts


def _condition(node: exp.Expr, parts: Parts) -> None:
    if isinstance(node, _STRUCTURE):
        for child in node.iter_expressions():
            _condition(child, parts)
    elif not (isinstance(node, exp.Column) or _is_comparison(node)):
        parts.opaque.add(node.sql(normalize=True, comments=False))


def _is_comparison(node: exp.Expr) -> bool:
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        array = node.expression.find(exp.Array)
        return array is not None and _is_operand(node.this) and all(map(_is_operand, array.expressions))
    if isinstance(node, exp.In):
        plain = not any(value for name, value in node.args.items() if name not in ("this", "expressions"))
        return plain and all(map(_is_operand, (node.this, *node.expressions)))
    if isinstance(node, exp.Between):
        return all(_is_operand(node.args[name]) for name in ("this", "low", "high"))
    return isinstance(node, _COMPARISONS) and _is_operand(node.this) and _is_operand(node.expression)


def _is_operand(node: exp.Expr) -> bool:
    if isinstance(node, exp.Column | exp.Literal | exp.Null | exp.Boolean):
        return True
    if _setting(node):
        return True
    if isinstance(node, _OPERANDS) or is_octets(node):
        inner = [child for child in node.iter_expressions() if not isinstance(child, exp.DataType)]
        return all(map(_is_operand, inner))
    return False


def _setting(node: exp.Expr) -> str:
    """Return the setting that a call of `current_setting` reads; empty for another expression."""
    if isinstance(node, exp.Anonymous | exp.Func) and _name(node) == "current_setting":
        arguments = list(node.iter_expressions())
        first = arguments[0] if arguments else None
        while isinstance(first, exp.Cast | exp.Paren):
            first = first.this
        if isinstance(first, exp.Literal) and first.is_string:
            return first.name
    return ""


def _name(node: exp.Expr) -> str:
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else node.sql_names()[0].lower()


def _literals(tree: exp.Expr, parts: Parts) -> None:
    for node in tree.walk():
        if isinstance(node, exp.Column):
            parts.columns.add(node.name)
        elif _setting(node):
            parts.settings.add(_setting(node))
        elif isinstance(node, exp.Literal):
            negative = isinstance(node.parent, exp.Neg)
            try:
                number = Decimal(node.name)
                if number.is_finite():
                    parts.numbers.add(-number if negative else number)
            except InvalidOperation:
                pass
            if node.is_string:
                parts.texts.add(node.name)


def values_for(type_: str, labels: Sequence[str], parts: Parts) -> list[str | None]:
    """Return the values to try in a column: those at the literals first, then usual and extreme ones, all as text."""
    kind = type_.lower()
    if labels:
        found: Iterator[str] = iter(labels)
    elif re.match(r"(small|big|medium|tiny)?int|serial", kind):
        found = _numbers(parts, Decimal(1), _WHOLE)
    elif re.match(r"numeric|decimal|real|float|double", kind):
        scale = re.search(r",\s*(\d+)\)", kind)
        found = _numbers(parts, Decimal(1).scaleb(-int(scale[1])) if scale else Decimal("0.5"), _WHOLE)
    elif re.match(r"bool", kind):
        found = iter(("true", "false"))
    elif re.match(r"date|time", kind):
        found = iter((*sorted(parts.texts), *_MOMENTS))
    else:
        found = _texts(parts)
    return list(dict.fromkeys([None, *found]))


_WHOLE = (
    "0",
    "1",
    "2",
    "-1",
    "32767",
    "32768",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "-9223372036854775808",
)
_MOMENTS = (
    "2024-02-29", "2026-01-05", "1970-01-01", "9999-12-31", "2026-01-05 08:30:00", "2026-01-05 08:30:01",
    "1970-01-01 00:00:00", "08:30:00", "23:59:59",
)  # fmt: skip
_USUAL = (
    "", " ", "x", "ä", "2024-02-29", "2026-01-05", "2023-02-30", "2026-01-05T08:30:00.000Z", "2026-01-06T08:30:00.000Z",
    "2026-01-05 08:30:00", "08:30:00", "25:61:00", "{}", "[1]", "{not json",
)  # fmt: skip


def _numbers(parts: Parts, unit: Decimal, extremes: Sequence[str]) -> Iterator[str]:
    for number in sorted(parts.numbers):
        yield from (f"{value:f}" for value in (number, number - unit, number + unit, -number))
    yield from extremes


def _texts(parts: Parts) -> Iterator[str]:
    for text in sorted(parts.texts):
        yield from (text, text[:-1], f"{text}x", text.swapcase(), f" {text}", f"{text} ")
    for number in sorted(parts.numbers):
        yield from ("x" * size for size in (int(number) - 1, int(number), int(number) + 1) if 0 < size <= _LONGEST)
    yield from _USUAL
