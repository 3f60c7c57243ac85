"""The ways in which the condition of a policy can be true: conjunctions of terms."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

_DIALECT = "postgres"
_MOST = 64  # conjunctions of one condition
_SUBQUERIES = (exp.Exists, exp.In)
_LOSSLESS = ("text", "varchar", "uuid", "smallint", "int", "bigint", "decimal")  # without a length or a scale


@dataclass(frozen=True, slots=True)
class Branch:
    """One way in which a condition is true: all its terms hold.

    `selectors` are the expressions without columns that a column must equal, here or in a subquery: if one of them
    follows the tenant setting, the branch selects rows of one tenant. `compared` has those that a column of the row
    itself must equal, by the column. `assigned` are values, as SQL, that make terms true: `status = 'void'` gives
    `status` the literal. `has_columns`: a term depends on the row.
    """

    terms: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    compared: tuple[tuple[str, str], ...] = ()
    assigned: Mapping[str, str] = field(default_factory=dict)
    has_columns: bool = True

    @property
    def sql(self) -> str:
        """The condition of the branch; each term is parenthesised."""
        return " AND ".join(f"({term})" for term in self.terms) or "true"


def branches(condition: str) -> tuple[Branch, ...]:
    """Return the branches of a condition in PostgreSQL's SQL; one with the whole text if it cannot be taken apart."""
    try:
        conjunctions = list(_conjunctions(parse_one(condition, dialect=_DIALECT)))
    except (SqlglotError, RecursionError, OverflowError):
        return (Branch((condition,)),)
    return tuple(_branch(terms) for terms in conjunctions if not any(_is(term, value=False) for term in terms))


def joined(permissive: Iterable[str], restrictive: Iterable[str]) -> str:
    """Return the condition of several policies: one permissive policy must allow a row, and every restrictive one."""
    allowed = " OR ".join(f"({text})" for text in permissive) or "false"
    return " AND ".join((f"({allowed})", *(f"({text})" for text in restrictive)))


def _conjunctions(node: exp.Expr, *, negated: bool = False) -> list[tuple[exp.Expr, ...]]:
    node = node.unnest()
    if isinstance(node, exp.Not):
        return _conjunctions(node.this, negated=not negated)
    if isinstance(node, exp.And | exp.Or):
        left, right = (_conjunctions(side, negated=negated) for side in (node.left, node.right))
        if isinstance(node, exp.Or) != negated:
            return left + right
        if len(left) * len(right) > _MOST:
            raise OverflowError
        return [one + other for one, other in product(left, right)]
    return _of_term(node, negated=negated)


def _of_term(node: exp.Expr, *, negated: bool) -> list[tuple[exp.Expr, ...]]:
    if _is_truth(node) and not negated:  # `(a <> b) IS FALSE`; what NULL makes true, such as IS NOT TRUE, stays whole
        return _conjunctions(node.this, negated=not node.expression.this)
    if cases := list(_cases(node)):
        ways = (product(_conjunctions(guard), _conjunctions(case, negated=negated)) for guard, case in cases)
        found = [one + other for way in ways for one, other in way]
        if len(found) > _MOST:
            raise OverflowError
        return found
    if negated and isinstance(node, exp.Boolean):
        return [(exp.Boolean(this=not node.this),)]
    if negated and isinstance(node, exp.NEQ | exp.NullSafeNEQ):
        return [(exp.EQ(this=node.this, expression=node.expression),)]
    if negated:
        return [(exp.not_(exp.paren(node)),)]
    if members := _mixed_members(node):
        return [(exp.EQ(this=node.this.copy(), expression=one.copy()),) for one in members]
    if (where := _where(node)) is not None:
        return [(_with_where(node, terms),) for terms in _conjunctions(where.this)]
    return [(node,)]


def _mixed_members(node: exp.Expr) -> list[exp.Expr]:
    """Return the members of `x IN (…)` or `x = ANY (ARRAY[…])` if one is no literal: each may be the tenant, or not."""
    members: list[exp.Expr] = []
    if isinstance(node, exp.In):
        members = node.expressions
    elif isinstance(node, exp.EQ) and isinstance(node.right, exp.Any) and isinstance(_bare(node.right.this), exp.Array):
        members = _bare(node.right.this).expressions
    is_mixed = len(members) > 1 and not all(isinstance(_bare(one), exp.Literal | exp.Neg) for one in members)
    return members if is_mixed else []


def _cases(node: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """Yield the ways through the first CASE or COALESCE of a term: when each is taken, and the term with its value.

    A COALESCE of something else than a column, such as the setting with a default, stays: it is one value.
    """
    choice = next((one for one in _outside_of_queries(node) if _is_choice(one)), None)
    if choice is None:
        return
    before: list[exp.Expr] = []
    for condition, value in _choices(choice):
        guard = exp.and_(*map(_passed_over, before), exp.paren(condition.copy()))
        yield guard, _replaced(node, choice, value)
        before.append(condition)


def _passed_over(condition: exp.Expr) -> exp.Expr:
    """Return when CASE goes on behind a condition: it is false, or NULL because a column of it is."""
    false = exp.not_(exp.paren(condition.copy()))
    if isinstance(condition.unnest(), exp.Not | exp.Is):  # `x IS NOT NULL` of a COALESCE, and the like
        return false
    columns = dict.fromkeys(one for one in _outside_of_queries(condition) if isinstance(one, exp.Column))
    nulls = (exp.Is(this=column.copy(), expression=exp.null()) for column in columns)
    return exp.paren(exp.or_(false, *nulls))


def _is_truth(node: exp.Expr) -> bool:
    is_plain = isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean) and not node.args.get("negate")
    return is_plain and not isinstance(node.this, exp.Column)


def _is_choice(node: exp.Expr) -> bool:
    return isinstance(node, exp.Case) or (isinstance(node, exp.Coalesce) and isinstance(_bare(node.this), exp.Column))


def _choices(choice: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """Yield each condition of a CASE or COALESCE with its value; the last condition is true."""
    if isinstance(choice, exp.Coalesce):
        *first, last = (choice.this, *choice.expressions)
        yield from ((exp.not_(exp.Is(this=one.copy(), expression=exp.null())), one) for one in first)
        yield exp.true(), last
        return
    for one in choice.args["ifs"]:
        yield exp.EQ(this=choice.this.copy(), expression=one.this.copy()) if choice.this else one.this, one.args["true"]
    otherwise = choice.args.get("default")
    if otherwise is not None or choice.find_ancestor(exp.Coalesce, exp.Is):  # else NULL makes no term true
        yield exp.true(), otherwise or exp.null()


def _replaced(node: exp.Expr, part: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return a copy of a term with another value in the place of a part."""
    if node is part:
        return value.copy()
    place = next(number for number, one in enumerate(node.walk()) if one is part)
    copy = node.copy()
    next(one for number, one in enumerate(copy.walk()) if number == place).replace(exp.paren(value.copy()))
    return copy


def _outside_of_queries(node: exp.Expr) -> Iterator[exp.Expr]:
    return node.walk(prune=lambda part: isinstance(part, exp.Query))


def _where(node: exp.Expr) -> exp.Where | None:
    """Return the condition of the rows that a subquery must find."""
    query = node.args.get("query") if isinstance(node, exp.In) else node.this
    query = query.unnest() if isinstance(query, exp.Expr) else None
    is_filter = isinstance(node, _SUBQUERIES) and isinstance(query, exp.Select)
    return query.args.get("where") if is_filter and query is not None else None


def _with_where(node: exp.Expr, terms: tuple[exp.Expr, ...]) -> exp.Expr:
    copy = node.copy()
    where = _where(copy)
    if where is not None:
        left = [term for term in terms if not _is(term, value=True)]
        where.set("this", exp.and_(*left) if left else exp.true())
    return copy


def _branch(terms: tuple[exp.Expr, ...]) -> Branch:
    left = [term for term in terms if not _is(term, value=True)]
    assigned = dict(pair for term in left for pair in _assigned(term))
    selectors = dict.fromkeys(selector for term in left for selector in _selectors(term))
    compared = dict.fromkeys(pair for term in left for pair in _compared(term))
    has_columns = not left or any(term.find(exp.Column) for term in left)
    return Branch(tuple(map(_sql, left)), tuple(selectors), tuple(compared), assigned, has_columns)


def _is(term: exp.Expr, *, value: bool) -> bool:
    if isinstance(term, exp.EQ) and _is_text(term.left) and _is_text(term.right):  # as the values of a CASE become
        return (_bare(term.left) == _bare(term.right)) == value
    if isinstance(_bare(term), exp.Null):
        return not value
    return isinstance(term, exp.Boolean) and bool(term.this) == value


def _selectors(term: exp.Expr) -> Iterator[str]:
    if (where := _where(term)) is not None:
        for part in _conjunctions(where.this)[0]:
            yield from _selectors(part)
    yield from (value for _, value in _compared(term))


def _compared(term: exp.Expr) -> Iterator[tuple[str, str]]:
    """Yield each column that must equal an expression without columns, with the expression."""
    if isinstance(term, exp.EQ | exp.NullSafeEQ):
        sides = term.left, term.right
        for one, other in (sides, sides[::-1]):
            if isinstance(column := _uncast(one), exp.Column) and not _has_column(other):
                # `= ANY (…)` compares with each member: the array is the value
                yield column.name, _sql(other.this.unnest() if isinstance(other, exp.Any) else other)


def _has_column(node: exp.Expr) -> bool:
    """Return whether an expression depends on the row; a column inside a subquery is taken for the subquery's."""
    return any(isinstance(part, exp.Column) for part in _outside_of_queries(node))


def _assigned(term: exp.Expr) -> Iterator[tuple[str, str]]:
    is_negated = isinstance(term, exp.Not)
    node = term.this.unnest() if is_negated else term
    if isinstance(node, exp.Column):
        yield node.name, str(not is_negated).lower()
    elif isinstance(node, exp.Is) and isinstance(column := _bare(node.this), exp.Column) and not is_negated:
        if not node.args.get("negate"):
            yield column.name, _sql(node.expression)
    elif isinstance(node, exp.In) and isinstance(column := _bare(node.this), exp.Column) and node.expressions:
        if not is_negated:
            yield column.name, _sql(node.expressions[0])
    elif isinstance(node, exp.EQ) and not is_negated:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            column, value = _bare(one), other
            if isinstance(value, exp.Any) and isinstance(members := _bare(value.this), exp.Array):
                value = members.expressions[0] if members.expressions else value
            if isinstance(column, exp.Column) and isinstance(_bare(value), exp.Literal | exp.Boolean | exp.Neg):
                yield column.name, _sql(value)


def _is_text(node: exp.Expr) -> bool:
    """Return whether it is a literal of a text: two numbers or values of other types may be equal as other literals."""
    while isinstance(node, exp.Paren) or (isinstance(node, exp.Cast) and node.is_type("text", "varchar")):
        node = node.this
    return isinstance(node, exp.Literal) and node.is_string


def _uncast(node: exp.Expr) -> exp.Expr:
    """Return an expression without casts that keep different values different: `::char(8)` or `::real` do not."""
    while isinstance(node, exp.Paren) or (
        isinstance(node, exp.Cast) and node.is_type(*_LOSSLESS) and not node.to.expressions
    ):
        node = node.this
    return node


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return node


def _sql(node: exp.Expr) -> str:
    return node.sql(dialect=_DIALECT, normalize_functions=False)
