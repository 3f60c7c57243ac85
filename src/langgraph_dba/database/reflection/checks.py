"""Parse CHECK conditions of an existing database into the kinds of check that the schema has."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.ddl.sqlalchemy_tables import check_sql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.type_table import precision_of
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
from langgraph_dba.database.reflection.expression_form import DIALECTS, is_octets, same_expression

_NO_STEPS: Mapping[str, Decimal] = {}
_UNNAMED = "unnamed"  # replaced by the name of the whole condition when all its parts are parsed
_MIRRORED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.GTE: exp.LTE,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.LT: exp.GT,
}


def read_condition(
    name: str, condition: str, dialect: str, columns: Mapping[str, str], steps: Mapping[str, Decimal] = _NO_STEPS
) -> tuple[Meaning, ...]:
    """Return the checks that a condition consists of, without the parts of another kind (a pattern, a function).

    `columns` maps names of columns in the database to those in the schema. `steps` is the difference between two values
    of a column: a strict bound is read as the inclusive bound one step further, and as the same bound without a step.
    `OR column IS NULL` is dropped: a CHECK accepts NULL without it.
    """
    tree = _parsed(condition, dialect)
    if tree is None:
        return ()
    checks = [check for part in _conjuncts(tree) for check in _parse_part(part, columns, steps)]
    return tuple(check.model_copy(update={"name": name}) for check in _merge_bounds(checks))


@lru_cache(maxsize=4096)
def _parsed(condition: str, dialect: str) -> exp.Expr | None:
    """Return the syntax tree, which callers must not change; None if the condition does not parse.

    Cached because similar tables have equal conditions and parsing takes most of the time.
    """
    try:
        return sqlglot.parse_one(condition, dialect=DIALECTS.get(dialect, dialect), into=exp.Condition)
    except SqlglotError:
        return None


def read_check(
    name: str, text: str, columns: Columns, names: Mapping[str, str], *, table: Table, traits: Traits
) -> Check:
    """Return a check of the kinds that the schema has, or a `Condition` with the SQL text and its parsed parts.

    `columns` are those in the condition, `names` maps names of columns in the database to those of `table`.
    """
    steps = _steps(table, traits)
    means = tuple(_unscaled(one, table, traits) for one in read_condition(name, text, traits.dialect, names, steps))
    # the SQL of the parsed check must be the same: parsing drops parts it does not know, and strictness
    if len(means) == 1 and same_expression(check_sql(means[0], table, traits), text, traits.dialect):
        return means[0]
    return Condition(name=name, sql=text, columns=columns, means=means)


def _steps(table: Table, traits: Traits) -> dict[str, Decimal]:
    """Return the difference between two neighbouring values of each column of numbers, in the engine's form."""
    steps: dict[str, Decimal] = {}
    for column in table.columns:
        type_ = column.type
        if type_.name in ("smallint", "integer", "bigint", "duration", "identity", "reference"):
            steps[column.name] = Decimal(1)
        elif type_.name == "decimal" and not type_.native:
            steps[column.name] = Decimal(1).scaleb(-precision_of(type_)[1]) if traits.exact_decimals else Decimal(1)
    return steps


def _unscaled(check: Meaning, table: Table, traits: Traits) -> Meaning:
    """Return a range over a decimal with bounds in the decimal's digits: SQLite stores integers of minor units."""
    if not isinstance(check, Range) or traits.exact_decimals:
        return check
    type_ = table.column(check.column).type
    if type_.name != "decimal" or type_.native:
        return check
    places = -precision_of(type_)[1]
    low, high = (None if bound is None else bound.scaleb(places) for bound in (check.low, check.high))
    return check.model_copy(update={"low": low, "high": high})


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = _unwrap(node)
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _unwrap(node: exp.Expr) -> exp.Expr:
    """Return the expression without parentheses, casts, and `OR … IS NULL`."""
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    if isinstance(node, exp.Or):
        left, right = _unwrap(node.left), _unwrap(node.right)
        return right if _is_null_of(left, right) else left if _is_null_of(right, left) else node
    return node


def _is_null_of(test: exp.Expr, other: exp.Expr) -> bool:
    """Return whether `test` is `column IS NULL` for a column of `other`, which a CHECK accepts by itself."""
    if not isinstance(test, exp.Is) or not isinstance(_unwrap(test.expression), exp.Null):
        return False
    column = _unwrap(test.this)
    return isinstance(column, exp.Column) and column.name in {one.name for one in other.find_all(exp.Column)}


def _parse_part(node: exp.Expr, columns: Mapping[str, str], steps: Mapping[str, Decimal]) -> Iterator[Meaning]:
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
        # `column <> ''`, another usual form of a non-empty text
        if name and _text(node.expression) == "":
            yield Filled(name=_UNNAMED, column=name)
    elif type(node) in _MIRRORED:
        yield from _comparison(type(node), _unwrap(node.this), _unwrap(node.expression), columns, steps)


def _comparison(
    kind: type[exp.Expr], left: exp.Expr, right: exp.Expr, columns: Mapping[str, str], steps: Mapping[str, Decimal]
) -> Iterator[Meaning]:
    """Parse `left <kind> right`; if the number is on the left, swap the sides."""
    if _number(left) is not None:
        kind, left, right = _MIRRORED[kind], right, left
    above = kind in (exp.GTE, exp.GT)
    name, other, bound = _name(left, columns), _name(right, columns), _number(right)
    if name and other:
        yield Ordered(name=_UNNAMED, first=other if above else name, last=name if above else other)
    elif name and bound is not None:
        if kind in (exp.GT, exp.LT) and name in steps:
            bound = _next(bound, steps[name], above=above)
        # one side only: `_merge_bounds` joins it with the other bound of the same column
        yield Range(name=_UNNAMED, column=name, low=bound if above else None, high=None if above else bound)
    elif (isinstance(left, exp.Length) or is_octets(left)) and kind is exp.GT and bound == 0:
        operand = _unwrap(left.this if isinstance(left, exp.Length) else left.expressions[0])
        column = _name(operand.this if isinstance(operand, exp.Trim) else operand, columns)
        if column:
            yield Filled(name=_UNNAMED, column=column)


def _next(bound: Decimal, step: Decimal, *, above: bool) -> Decimal:
    """Return the first multiple of `step` above or below a bound."""
    steps = bound / step
    return (math.floor(steps) + 1 if above else math.ceil(steps) - 1) * step


def _name(node: exp.Expr | None, columns: Mapping[str, str]) -> str:
    node = _unwrap(node) if node else None
    return columns.get(node.name, "") if isinstance(node, exp.Column) else ""


def _number(node: exp.Expr) -> Decimal | None:
    node = _unwrap(node)
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    if not isinstance(node, exp.Literal):
        return None
    try:
        return Decimal(node.name)  # PostgreSQL shows a negative bound as a cast string
    except InvalidOperation:
        return None


def _text(node: exp.Expr) -> str | None:
    node = _unwrap(node)
    return node.name if isinstance(node, exp.Literal) and node.is_string else None


def _values(node: exp.Expr) -> tuple[str, ...]:
    """Return the strings of `IN (…)`, or of `= ANY (ARRAY[…])`, the form in which PostgreSQL stores it."""
    if isinstance(node, exp.In):
        items = node.expressions
    else:
        array = node.expression.find(exp.Array) if isinstance(node.expression, exp.Any) else None
        items = array.expressions if array else [node.expression]
    texts = [_text(item) for item in items]
    return tuple(text for text in texts if text is not None) if None not in texts else ()


def _merge_bounds(checks: list[Meaning]) -> list[Meaning]:
    merged: list[Meaning] = []
    ranges: dict[str, int] = {}
    for check in checks:
        if isinstance(check, Range) and check.column in ranges:
            position = ranges[check.column]
            merged[position] = _merge(merged[position], check)
            continue
        if isinstance(check, Range):
            ranges[check.column] = len(merged)
        merged.append(check)
    return merged


def _merge(one: Meaning, other: Range) -> Range:
    assert isinstance(one, Range), "only bounds are merged"
    bounds: Mapping[str, Decimal | None] = {
        "low": other.low if one.low is None else one.low,
        "high": other.high if one.high is None else one.high,
    }
    return one.model_copy(update=bounds)
