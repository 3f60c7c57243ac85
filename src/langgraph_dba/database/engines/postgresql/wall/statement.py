"""A statement for PostgreSQL that is one read by the server's own grammar, with the names that it uses."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NoReturn

from langgraph_dba.database.engines.live.reader_protocol import ALLOWED, AllowedStatement
from langgraph_dba.database.engines.postgresql.wall.names import StatementNames, names_of
from langgraph_dba.database.statements import placeholders
from langgraph_dba.database.statements.postgres_grammar import GrammarError, ParsedStatement, parse
from langgraph_dba.errors import Forbidden

_LONGEST = 200_000  # characters
_ROOTS = ("SelectStmt", "ExplainStmt", "VariableShowStmt")
_OPTIONS = frozenset({
    "analyze", "verbose", "costs", "settings", "generic_plan", "buffers", "serialize", "wal", "timing", "summary",
    "memory", "format",
})  # fmt: skip


def allowed(sql: str, parameters: Collection[str] = ()) -> AllowedStatement:
    """Return the statement with the places of its `:name`; Forbidden if it is not one read.

    `parameters` are the names that have a value. What the functions do is not checked here: `names` returns them.
    """
    if len(sql) > _LONGEST:
        refuse(f"it is longer than {_LONGEST:,} characters")
    sql = sql.rstrip().rstrip(";")
    marks = tuple((one.start, one.end, one.name) for one in placeholders(sql, "postgresql")
                  if one.style == ":name" and one.name in parameters)  # fmt: skip
    statement = AllowedStatement(sql, vetted=True, placeholders=marks)
    root, found = _read(numbered(statement))
    if found.refusal:
        refuse(found.refusal)
    return statement if root == "SelectStmt" else replace(statement, kind="show")


def names(statement: AllowedStatement) -> StatementNames:
    """Return the names that a statement uses."""
    return _read(numbered(statement))[1]


def numbered(statement: AllowedStatement) -> str:
    """Return the SQL with `$1`, `$2`, … for its placeholders, as the server's grammar has them."""
    parts, position = [], 0
    for number, (start, end, _) in enumerate(statement.placeholders, 1):
        parts.append(f"{statement.sql[position:start]}${number}")
        position = end
    return "".join((*parts, statement.sql[position:]))


def refuse(reason: str) -> NoReturn:
    """Raise Forbidden with the reason and what is allowed instead."""
    raise Forbidden(f"refused: {' '.join(reason.split())}. {ALLOWED}.") from None


@lru_cache(maxsize=1_000)
def _read(sql: str) -> tuple[str, StatementNames]:
    """Return the type of the one statement and its names; Forbidden if it is none, or not one."""
    parsed = parse(sql)
    if isinstance(parsed, GrammarError):
        refuse(f"it cannot be parsed: {parsed.message}")
    if len(parsed) != 1:
        refuse("it is more than one statement" if parsed else "it is empty")
    root, tree = _root(parsed[0])
    if root == "ExplainStmt":
        _check_explain(tree)
    return root, names_of(parsed, roots=_ROOTS)


def _root(statement: ParsedStatement) -> tuple[str, Mapping[str, Any]]:
    return next(iter(statement.tree.items()))


def _check_explain(tree: Mapping[str, Any]) -> None:
    if "SelectStmt" not in tree["query"]:
        refuse("it explains another statement than a query")
    for option in tree.get("options", ()):
        name = option["DefElem"]["defname"].lower()
        if name not in _OPTIONS:
            refuse(f"the EXPLAIN option {name} is unknown")
