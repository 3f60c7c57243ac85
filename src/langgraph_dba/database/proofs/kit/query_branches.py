"""The ways in which a query that reads with its owner's rights selects rows without regard to the tenant setting."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp, parse, parse_one
from sqlglot.errors import SqlglotError

from langgraph_dba.database.engines import Rejected
from langgraph_dba.database.proofs.kit.policy_branches import branches
from langgraph_dba.database.proofs.kit.tenant_database import Step
from langgraph_dba.database.proofs.kit.tenant_probe import TenantProbe
from langgraph_dba.database.statements import postgres_grammar
from langgraph_dba.database.statements.plpgsql import expression_sql
from langgraph_dba.database.statements.postgres_grammar import GrammarError, walk
from langgraph_dba.database.statements.postgres_tree import Node

_DIALECT = "postgres"
_ARGUMENTS = "probe_arguments"
_MOST_STEPS = 3  # from a variable to what it was calculated from
# what says nothing about which rows satisfy a condition
_LEFT_OUT = ("where", "group", "having", "order", "limit", "offset", "distinct", "windows", "locks", "into")
_PATH = re.compile(r"^ SET search_path TO (.+)$", re.MULTILINE)
_BODY = re.compile(r"\bAS (\$\w*\$)(.*)\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OpenBranch:
    """A conjunction in a query that selects no tenant; `rows` is a query for what satisfies it.

    `is_alternative`: the query has others beside it, by OR or UNION.
    """

    sql: str
    rows: str
    is_alternative: bool


def open_branches(
    text: str,
    is_followed: Callable[[str], bool],
    arguments: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[OpenBranch]:
    """Yield the open branches of each query in some statements; nothing of what cannot be parsed.

    `is_followed` says whether an expression has another value for another tenant. References to `arguments`, by name
    or number, become columns of a relation with their values; `variables` have expressions, which stand for them.
    """
    try:
        trees = [one for one in parse(text, dialect=_DIALECT) if one is not None]
    except (SqlglotError, RecursionError):
        return
    for tree in trees:
        for select in tree.find_all(exp.Select):
            if not select.find_ancestor(exp.Where, exp.Having):  # those are terms of the query around them
                whole = _with_arguments(_with_variables(select, variables or {}), arguments)
                # each part of a UNION adds rows of its own
                is_part = select.find_ancestor(exp.SetOperation) is not None
                for branch in _of_select(whole, tree, is_followed):
                    yield replace(branch, is_alternative=True) if is_part else branch


def _of_select(select: exp.Select, tree: exp.Expr, is_followed: Callable[[str], bool]) -> Iterator[OpenBranch]:
    where = select.args.get("where")
    # also those between parentheses
    joins = [one for one in select.find_all(exp.Join) if one.find_ancestor(exp.Select) is select]
    terms = [where.this] if where is not None else []
    # of an outer join, rows appear whatever its condition says
    terms += [one.args["on"] for one in joins if one.args.get("on") is not None and not one.side]
    if select.args.get("from_", select.args.get("from")) is None:
        return
    # what decides which rows are counted, or which groups and partners appear
    others = [one.expression.this for one in select.find_all(exp.Filter) if one.find_ancestor(exp.Select) is select]
    others += [one.args["on"] for one in joins if one.args.get("on") is not None and one.side]
    others += [select.args["having"].this] if select.args.get("having") is not None else []
    for condition in (exp.and_(*(exp.paren(one.copy()) for one in terms)), *others) if terms else others:
        yield from _of_condition(select, condition, tree, is_followed)


def _of_condition(
    select: exp.Select, condition: exp.Expr, tree: exp.Expr, is_followed: Callable[[str], bool]
) -> Iterator[OpenBranch]:
    found = branches(_sql(condition))
    for branch in found:
        if branch.terms and not any(map(is_followed, branch.selectors)):
            rows = select.copy()
            for part in _LEFT_OUT:
                rows.set(part, None)
            rows.set("expressions", [exp.Literal.number(1)])
            rows = rows.where(branch.sql, dialect=_DIALECT)
            if (ctes := tree.args.get("with_", tree.args.get("with"))) is not None and select is not tree:
                rows.set("with_", ctes.copy())
            yield OpenBranch(branch.sql, _sql(rows), len(found) > 1)


def _with_variables(select: exp.Select, variables: Mapping[str, str]) -> exp.Select:
    copy = select.copy()
    for _ in range(_MOST_STEPS if variables else 0):
        for node in list(copy.find_all(exp.Column)):
            value = "" if node.args.get("table") else variables.get(node.name.lower(), "")
            if value:
                with suppress(SqlglotError):
                    node.replace(exp.paren(parse_one(value, dialect=_DIALECT)))
    return copy


def _with_arguments(select: exp.Select, names: Sequence[str]) -> exp.Select:
    if not names:
        return select
    copy = select.copy()
    for node in list(copy.find_all(exp.Column, exp.Parameter)):
        if isinstance(node, exp.Parameter):
            number = node.name
            if number.isdecimal() and 0 < int(number) <= len(names):
                node.replace(exp.column(names[int(number) - 1], table=_ARGUMENTS))
        elif node.name in names and not node.args.get("table"):
            node.replace(exp.column(node.name, table=_ARGUMENTS))
    return copy


def _sql(node: exp.Expr) -> str:
    return node.sql(dialect=_DIALECT, normalize_functions=False)


class QueryBranches:
    """Whether rows satisfy the open branches of views and routines: what no row satisfies shows nothing."""

    def __init__(self, prober: TenantProbe) -> None:
        """Try nothing yet."""
        self._prober = prober

    def not_reached(
        self, signature: str, definition: str, names: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> Iterator[str]:
        """Yield each alternative of a routine's queries that no row satisfies with these rows of arguments."""
        names = self._own_names(names, len(rows[0]) if rows else 0)
        path = _PATH.search(definition)
        before: tuple[Step, ...] = ((f"SET LOCAL search_path TO {path[1]}", {}),) if path else ()
        values = ", ".join(f"({', '.join(one)})" for one in rows if len(one) == len(names))
        listed = ", ".join(f'"{name}"' for name in names)
        given = f" FROM (VALUES {values}) AS {_ARGUMENTS} ({listed})" if names and values else ""
        functions = postgres_grammar.parse_plpgsql(definition) if " LANGUAGE plpgsql" in definition else None
        variables = {} if functions is None or isinstance(functions, GrammarError) else _variables_of(functions)
        for text in _queries_of(definition, functions):
            for branch in open_branches(text, partial(self._follows, before), names, variables):
                if branch.is_alternative and not self._is_satisfied(
                    before, f"SELECT 1{given} WHERE EXISTS ({branch.rows})"
                ):
                    shown = branch.sql.replace(f"{_ARGUMENTS}.", "")
                    yield f"{signature}: with the arguments that were tried, no row satisfies {shown}"

    def not_shown(self, view: str, text: str) -> Iterator[str]:
        """Yield each alternative of a view's queries that no row satisfies."""
        for branch in open_branches(text, partial(self._follows, ())):
            if branch.is_alternative and not self._is_satisfied((), f"{branch.rows} LIMIT 1"):
                yield f"{view}: no row satisfies {branch.sql}"

    def _follows(self, before: tuple[Step, ...], expression: str) -> bool:
        return self._prober.follows(expression, *before)

    def _own_names(self, names: Sequence[str], count: int) -> list[str]:
        """Return the names of arguments; one without a name, or with that of a column, gets another one."""
        columns = {c.sql_name for table in self._prober.subject.schema.tables for c in table.columns}
        every = [*names, *([""] * count)][:count]
        return [f"argument {n}" if not name or name in columns else name for n, name in enumerate(every, 1)]

    def _is_satisfied(self, before: tuple[Step, ...], sql: str) -> bool:
        for settings in ((self._prober.setting,), ()):
            answer = self._prober.both.superuser.attempt(*before, *settings, (sql, {}))
            if not isinstance(answer, Rejected) and answer.rows:
                return True
        return False


def _queries_of(definition: str, functions: list[Node] | GrammarError | None) -> Iterator[str]:
    """Yield the texts with queries in a CREATE FUNCTION; `functions` is its tree, if it is in PL/pgSQL."""
    if functions is None:
        yield from (body[2] for body in _BODY.finditer(definition))
    elif not isinstance(functions, GrammarError):
        yield from (expression_sql(node)[1] for kind, node in walk(functions) if kind == "PLpgSQL_expr")


def _variables_of(functions: list[Node]) -> dict[str, str]:
    """Return the expression of each variable that is set once; another one may have any value."""
    values: dict[str, list[str]] = defaultdict(list)
    for kind, node in walk(functions):
        if kind == "PLpgSQL_var" and "default_val" in node:
            values[node["refname"].lower()].append(node["default_val"]["PLpgSQL_expr"]["query"])
        elif kind == "PLpgSQL_expr":
            target, sql = expression_sql(node)
            values[target.lower()].append(sql.removeprefix("SELECT "))
        elif kind == "PLpgSQL_stmt_execsql" and node.get("into"):
            for field in node.get("target", {}).get("PLpgSQL_row", {}).get("fields", ()):
                values[field["name"].lower()].append("")
    return {name: one[0] for name, one in values.items() if name and len(one) == 1 and one[0]}
