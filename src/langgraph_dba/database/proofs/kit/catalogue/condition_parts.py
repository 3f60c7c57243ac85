"""Decide whether two conditions can be compared by trying values, and which values to try.

A trial is only meaningful where a few values stand for all others. A comparison of a column with a literal is such a
place: its answer changes only at the literal. Any other part (arithmetic, a pattern, a function of its own) must be the
same in both conditions, because no list of values shows that two of them agree.
"""

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.reflection.expression_form import DIALECTS, is_octets

_STRUCTURE = (exp.And, exp.Or, exp.Not, exp.Paren, exp.Boolean, exp.Null)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ)
_OPERANDS = (exp.Paren, exp.Cast, exp.Length, exp.Trim, exp.Lower, exp.Upper, exp.Coalesce, exp.Nullif, exp.Neg)
_LONGEST = 20_000  # characters of a text made for a comparison with a length


@dataclass(slots=True)
class Parts:
    """The parts of conditions that decide which values to try.

    `opaque` are the comparisons whose answer no list of values shows; `settings` are read with `current_setting`, and
    `unknown` are the other things that are read and that are no column, such as the name of the login.
    """

    opaque: set[str] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    compared: dict[str, set[str]] = field(default_factory=dict)  # the literals that a column is compared with
    reason: str = ""  # why the condition cannot be tried


def parts_of(conditions: Sequence[str], traits: Traits, *, value: bool = False) -> Parts:
    """Return the parts of several conditions together; with `value` each text is a value and no condition."""
    parts, dialect = Parts(), DIALECTS.get(traits.dialect, traits.dialect)
    for text in conditions:
        try:
            tree: exp.Expr = sqlglot.parse_one(text, dialect=dialect, into=exp.Condition)
        except SqlglotError:
            parts.reason = "it cannot be parsed"
            return parts
        if dialect == "postgres":
            tree = tree.transform(_login)
        tree = tree.transform(_without_select)
        if tree.find(exp.Select, exp.Subquery, exp.Window, exp.AggFunc):
            is_plain = tree.find(exp.From, exp.Window) is None
            parts.reason = "it has a sub-select that is not read" if is_plain else "it reads other rows"
        if not (value and _is_operand(tree)):
            _condition(tree, parts, dialect)
        _literals(tree, parts)
        parts.unknown |= _unknown(tree, dialect)
    return parts


def _login(node: exp.Expr) -> exp.Expr:
    """Return `current_user` for its other names in PostgreSQL, which sqlglot parses as columns."""
    is_name = isinstance(node, exp.Column) and not node.table and not node.this.args.get("quoted")
    return exp.CurrentUser() if is_name and node.name.lower() in ("user", "current_role") else node


# In a sub-select they return several rows, other values for each row, or one value for many rows.
_NO_SCALARS = (exp.Query, exp.AggFunc, exp.Window, exp.UDTF, exp.Explode, exp.GenerateSeries, exp.Rand, exp.Uuid)


def _without_select(node: exp.Expr) -> exp.Expr:
    """Return the expression of a sub-select that has nothing else, which the engine evaluates to the same value."""
    # `= ANY (SELECT …)` compares with the rows, `= ANY ((SELECT …))` with the elements of an array
    subquery = node.this if isinstance(node, exp.Any) and isinstance(node.this.this, exp.Select) else node
    if isinstance(subquery, exp.Subquery):
        inner = _only_expression(subquery)
        return node if inner is None else exp.Paren(this=inner)
    if isinstance(node, exp.In) and isinstance(node.args.get("query"), exp.Subquery):
        inner = _only_expression(node.args["query"])
        return node if inner is None else exp.EQ(this=node.this, expression=exp.Paren(this=inner))
    return node


def _only_expression(subquery: exp.Subquery) -> exp.Expr | None:
    select = subquery.this
    clauses = {name for one in (subquery, select) for name, value in one.args.items() if value} - {
        "this",
        "expressions",
    }
    if clauses or not isinstance(select, exp.Select) or len(select.expressions) != 1:
        return None
    inner = select.expressions[0].unalias()
    # a sub-select inside is its expression too: transform visits it next
    inner = inner.transform(_without_select)
    return None if inner.find(*_NO_SCALARS) else inner


# What a session, a server or a routine decides, and not the row.
_OF_THE_SESSION = (
    exp.CurrentUser, exp.SessionUser, exp.CurrentRole, exp.CurrentCatalog, exp.CurrentDatabase, exp.CurrentSchema,
    exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Localtime, exp.Localtimestamp, exp.Rand,
    exp.CurrentVersion, exp.Uuid, exp.Parameter, exp.SessionParameter, exp.Anonymous,
)  # fmt: skip


def _unknown(tree: exp.Expr, dialect: str) -> set[str]:
    """Return the functions, logins and calculated settings that an expression reads."""
    calls = (node for node in tree.walk() if isinstance(node, _OF_THE_SESSION) and not _setting(node))
    return {node.sql(dialect=dialect, normalize=True, comments=False) for node in calls}


# No division: on MariaDB a setting of the session decides how many digits it returns.
_CALCULATIONS = (
    exp.DPipe, exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Paren, exp.Literal, exp.Boolean, exp.Null, exp.DataType,
    exp.DataTypeParam,
)  # fmt: skip
# A text that is cast to a date may name today, and a setting decides how others are read.
_CONSTANT_TYPES = (*exp.DataType.INTEGER_TYPES, exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR)


def is_constant(text: str, traits: Traits) -> bool:
    """Return whether an expression always has the same value: no columns, no functions, only such calculations."""
    try:
        tree = sqlglot.parse_one(text, dialect=DIALECTS.get(traits.dialect, traits.dialect), into=exp.Condition)
    except SqlglotError:
        return False
    return all(
        isinstance(node, _CALCULATIONS) or (type(node) is exp.Cast and node.to.this in _CONSTANT_TYPES)
        for node in tree.walk()
    )


_MINE_AND_THEIRS = frozenset({"1", "2"})  # of the values to try in a setting: a row must have them too


def _condition(node: exp.Expr, parts: Parts, dialect: str) -> None:
    if isinstance(node, _STRUCTURE):
        for child in node.iter_expressions():
            _condition(child, parts, dialect)
    elif not (isinstance(node, exp.Column) or _is_comparison(node)):
        # sqlglot's own dialect has one name for functions that differ here: LENGTH and CHAR_LENGTH of MariaDB
        parts.opaque.add(node.sql(dialect=dialect, normalize=True, comments=False))
    else:
        literals = {
            f"-{one.name}" if isinstance(one.parent, exp.Neg) else one.name for one in node.find_all(exp.Literal)
        }
        if any(map(_setting, node.walk())):
            literals |= _MINE_AND_THEIRS
        for column in node.find_all(exp.Column):
            parts.compared[column.name] = parts.compared.get(column.name, set()) | literals


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
    if isinstance(node, exp.Case):
        return _is_choice(node)
    if isinstance(node, _OPERANDS) or is_octets(node):
        inner = [child for child in node.iter_expressions() if not isinstance(child, exp.DataType)]
        return all(map(_is_operand, inner))
    return False


def _is_choice(case: exp.Case) -> bool:
    """Return whether a CASE chooses between operands by comparisons: its value changes only at their literals."""
    branches, default = case.args["ifs"], case.args.get("default")
    values = [*(one.args["true"] for one in branches), *([default] if default else [])]
    return (
        case.args.get("this") is None
        and all(_is_compared(one.this) for one in branches)
        and all(map(_is_operand, values))
    )


def _is_compared(node: exp.Expr) -> bool:
    if isinstance(node, _STRUCTURE):
        return all(map(_is_compared, node.iter_expressions()))
    return isinstance(node, exp.Column) or _is_comparison(node)


def _setting(node: exp.Expr) -> str:
    """Return the setting that a call of `current_setting` reads; empty for another expression."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "current_setting":
        arguments = list(node.iter_expressions())
        first = arguments[0] if arguments else None
        while isinstance(first, exp.Cast | exp.Paren):
            first = first.this
        if (
            isinstance(first, exp.Literal)
            and first.is_string
            and all(type(one) is exp.Boolean for one in arguments[1:])
        ):
            return first.name.lower()  # the server ignores the case
    return ""


def _literals(tree: exp.Expr, parts: Parts) -> None:
    measured = tree.find(exp.Length) is not None or any(map(is_octets, tree.walk()))
    for node in tree.walk():
        if isinstance(node, exp.Column):
            parts.columns.add(node.name)
        elif setting := _setting(node):
            parts.settings.add(setting)
            if "." not in setting:
                parts.reason = f"{setting} is a setting of the server"
        elif isinstance(node, exp.Literal):
            if node.is_string:
                parts.texts.add(node.name)
            if (number := _number(node)) is not None:
                parts.numbers.add(number)
                if measured and number > _LONGEST:
                    parts.reason = f"no text of {number:,} characters is made"


def _number(node: exp.Literal) -> Decimal | None:
    try:
        number = Decimal(node.name)
    except InvalidOperation:
        return None
    return None if not number.is_finite() else -number if isinstance(node.parent, exp.Neg) else number


def values_for(column: str, type_: str, labels: Sequence[str], parts: Parts) -> list[str | None]:
    """Return the values to try in a column, as text.

    The literals that it is compared with come first, then NULL and the values beside these literals, then all others.
    """
    own = sorted(parts.compared.get(column, ()))
    family = _family(type_.lower(), labels)
    near = [value for text in own for value in family(Parts(numbers=_numeric(text), texts={text}))]
    return list(dict.fromkeys([*own, None, *near, *family(parts)]))


def setting_values(parts: Parts) -> list[str | None]:
    """Return the values to try in a setting: unset, empty, mine, theirs, no number, and those at the literals."""
    texts = sorted(one for one in parts.texts if one and one.lower() not in parts.settings)
    near = [value for text in texts for value in (text, f"{text}x")]
    # the larger numbers are no smallint, no integer and no bigint
    usual = [None, "", "1", "2", "x", "-1", "32768", "2147483648", "9223372036854775808"]
    return list(dict.fromkeys([*usual, *near, *(f"{number:f}" for number in sorted(parts.numbers))]))


def _numeric(text: str) -> set[Decimal]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return set()
    return {number} if number.is_finite() else set()


def _family(kind: str, labels: Sequence[str]) -> Callable[[Parts], Iterable[str]]:
    """Return the function that makes values of a type."""
    if labels:
        return lambda _: labels
    if re.match(r"(small|big|medium|tiny)?int|serial", kind):
        return lambda parts: _numbers(parts, Decimal(1))
    if re.match(r"numeric|decimal|real|float|double", kind):
        scale = re.search(r",\s*(\d+)\)", kind)
        return lambda parts: _numbers(parts, Decimal(1).scaleb(-int(scale[1])) if scale else Decimal("0.5"))
    if kind.startswith("bool"):
        return lambda _: ("true", "false")
    if re.match(r"date|time", kind):
        return _moments
    return _texts


# a column without a strict type accepts a part of a number and a text too
_EXTREMES = (
    "0", "1", "2", "-1", "0.5", "-0.5", "x", "32767", "32768", "2147483647", "2147483648", "9223372036854775807",
    "-9223372036854775808",
)  # fmt: skip
_MOMENTS = (
    "2024-02-29", "2026-01-05", "1970-01-01", "9999-12-31", "2026-01-05 08:30:00", "2026-01-05 08:30:01",
    "1970-01-01 00:00:00", "08:30:00", "23:59:59",
)  # fmt: skip
_USUAL = (
    "x", "", " ", "ä", "2024-02-29", "2026-01-05", "2023-02-30", "2026-01-05T08:30:00.000Z", "2026-01-06T08:30:00.000Z",
    "2026-01-05 08:30:00", "08:30:00", "25:61:00", "{}", "[1]", "{not json", "00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-000000000001",
)  # fmt: skip


def _numbers(parts: Parts, unit: Decimal) -> Iterator[str]:
    ordered = sorted(parts.numbers)
    for number in ordered:
        beside = (number - unit, number + unit, number - Decimal("0.5"), number + Decimal("0.5"))
        yield from (f"{value:f}" for value in (number, *beside, -number))
    # a point between two literals; the type rounds it if there is none
    yield from (f"{(one + two) / 2:f}" for one, two in pairwise(ordered))
    yield from _EXTREMES


def _moments(parts: Parts) -> Iterator[str]:
    read = [moment for text in sorted(parts.texts) if (moment := _moment(text)) is not None]
    yield from sorted(parts.texts)
    ordered = sorted(moment.replace(tzinfo=None) for moment in read)
    for moment in read:
        with contextlib.suppress(OverflowError):
            yield from (str(moment + step * sign) for step in _STEPS for sign in (1, -1))
            yield from (str((moment + dt.timedelta(days=sign)).date()) for sign in (1, -1))
    yield from (str(one + (two - one) / 2) for one, two in pairwise(ordered))
    yield from _MOMENTS


_STEPS = (dt.timedelta(microseconds=1), dt.timedelta(seconds=1), dt.timedelta(days=1))


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _texts(parts: Parts) -> Iterator[str]:
    for text in sorted(parts.texts):
        yield from (text, f"{text}x", text[:-1], text.swapcase(), f" {text}", f"{text} ")
    for number in sorted(parts.numbers):
        for size in (int(number) + 1, int(number), int(number) - 1):
            yield from (letter * size for letter in "xä" if 0 < size <= _LONGEST)
    yield from _USUAL
