"""CHECK conditions of an existing database, read back as far as they have one of the forms the schema knows."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.ddl.sqlalchemy_tables import check_sql
from langgraph_dba.database.ddl.type_mapping import precision_of
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import (
    Check,
    Choice,
    Columns,
    Condition,
    Filled,
    Meaning,
    Ordered,
    Range,
    Table,
)
from langgraph_dba.database.reflection.expression_form import DIALECTS, is_octets, same

_UNNAMED = "unnamed"  # until all parts of a condition are read
_MIRRORED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.GTE: exp.LTE,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.LT: exp.GT,
}


def read_condition(name: str, condition: str, dialect: str, columns: Mapping[str, str]) -> tuple[Meaning, ...]:
    """Return the checks that a condition stands for; what has no known form (a pattern, a function) is left out.

    `columns` maps the names that the engine knows to those that the schema gives them.
    A strict bound is read as an inclusive one, and `OR column IS NULL` is dropped: a CHECK lets nulls pass anyway.
    """
    tree = _parsed(condition, dialect)
    if tree is None:
        return ()
    found = [check for part in _conjuncts(tree) for check in _read(part, columns)]
    merged = _bounds_merged(found)
    return tuple(check.model_copy(update={"name": name}) for check in merged)


@lru_cache(maxsize=4096)
def _parsed(condition: str, dialect: str) -> exp.Expr | None:
    """The tree, never changed: tables that look alike have the same conditions, and parsing is what costs."""
    try:
        return sqlglot.parse_one(condition, dialect=DIALECTS.get(dialect, dialect), into=exp.Condition)
    except SqlglotError:
        return None


def read_check(
    name: str, text: str, columns: Columns, names: Mapping[str, str], *, table: Table, traits: Traits
) -> Check:
    """Return a check of a form that the schema knows if it says just that, else the engine's words and their meaning.

    `columns` are those it mentions, `names` maps the engine's names to those of `table`.
    """
    means = tuple(_unscaled(one, table, traits) for one in read_condition(name, text, traits.dialect, names))
    if len(means) == 1 and same(check_sql(means[0], table, traits), text, traits.dialect):
        return means[0]
    return Condition(name=name, sql=text, columns=columns, means=means)


def _unscaled(check: Meaning, table: Table, traits: Traits) -> Meaning:
    """Bounds of a decimal in its own digits, where the engine keeps whole minor units."""
    if not isinstance(check, Range) or traits.exact_decimals:
        return check
    type_ = table.column(check.column).type
    if type_.name != "decimal" or type_.native:
        return check
    places = -precision_of(type_)[1]
    low, high = (None if bound is None else bound.scaleb(places) for bound in (check.low, check.high))
    return check.model_copy(update={"low": low, "high": high})


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = _bare(node)
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    if isinstance(node, exp.Or):
        sides = [side for side in (_bare(node.left), _bare(node.right)) if not isinstance(side, exp.Is)]
        return sides[0] if len(sides) == 1 else node
    return node


def _read(node: exp.Expr, columns: Mapping[str, str]) -> Iterator[Meaning]:
    if isinstance(node, exp.Between):
        name, low, high = _name(node.this, columns), _number(node.args["low"]), _number(node.args["high"])
        if name and low is not None and high is not None:
            yield Range(name=_UNNAMED, column=name, low=low, high=high)
    elif isinstance(node, exp.In | exp.EQ):
        name, values = _name(node.this, columns), _values(node)
        if name and values:
            yield Choice(name=_UNNAMED, column=name, values=values)
    elif isinstance(node, exp.NEQ):
        name = _name(node.this, columns)
        if name and _text(node.expression) == "":
            yield Filled(name=_UNNAMED, column=name)
    elif type(node) in _MIRRORED:
        yield from _comparison(type(node), _bare(node.this), _bare(node.expression), columns)


def _comparison(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, columns: Mapping[str, str]) -> Iterator[Meaning]:
    """Read `left <kind> right`; a number on the left changes sides."""
    if _number(left) is not None:
        kind, left, right = _MIRRORED[kind], right, left
    above = kind in (exp.GTE, exp.GT)
    name, other, bound = _name(left, columns), _name(right, columns), _number(right)
    if name and other:
        yield Ordered(name=_UNNAMED, first=other if above else name, last=name if above else other)
    elif name and bound is not None:
        yield Range(name=_UNNAMED, column=name, low=bound if above else None, high=None if above else bound)
    elif (isinstance(left, exp.Length) or is_octets(left)) and kind is exp.GT and bound == 0:
        measured = _bare(left.this if isinstance(left, exp.Length) else left.expressions[0])
        filled = _name(measured.this if isinstance(measured, exp.Trim) else measured, columns)
        if filled:
            yield Filled(name=_UNNAMED, column=filled)


def _name(node: exp.Expr | None, columns: Mapping[str, str]) -> str:
    node = _bare(node) if node else None
    return columns.get(node.name, "") if isinstance(node, exp.Column) else ""


def _number(node: exp.Expr) -> Decimal | None:
    node = _bare(node)
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    if not isinstance(node, exp.Literal):
        return None
    try:
        return Decimal(node.name)  # PostgreSQL shows a negative bound as a text that is cast
    except InvalidOperation:
        return None


def _text(node: exp.Expr) -> str | None:
    node = _bare(node)
    return node.name if isinstance(node, exp.Literal) and node.is_string else None


def _values(node: exp.Expr) -> tuple[str, ...]:
    """The texts of `IN (…)`, or of `= ANY (ARRAY[…])`, which is how PostgreSQL keeps it."""
    if isinstance(node, exp.In):
        items = node.expressions
    else:
        array = node.expression.find(exp.Array) if isinstance(node.expression, exp.Any) else None
        items = array.expressions if array else [node.expression]
    texts = [_text(item) for item in items]
    return tuple(text for text in texts if text is not None) if None not in texts else ()


def _bounds_merged(checks: list[Meaning]) -> list[Meaning]:
    merged: list[Meaning] = []
    ranges: dict[str, int] = {}
    for check in checks:
        if isinstance(check, Range) and check.column in ranges:
            place = ranges[check.column]
            merged[place] = _both(merged[place], check)
            continue
        if isinstance(check, Range):
            ranges[check.column] = len(merged)
        merged.append(check)
    return merged


def _both(one: Meaning, other: Range) -> Range:
    assert isinstance(one, Range), "only bounds are merged"
    bounds: Mapping[str, Decimal | None] = {
        "low": other.low if one.low is None else one.low,
        "high": other.high if one.high is None else one.high,
    }
    return one.model_copy(update=bounds)
