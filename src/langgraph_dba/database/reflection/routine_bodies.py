"""The expressions in the body of a function of PostgreSQL, in SQL or in PL/pgSQL."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph_dba.database.statements import postgres_grammar
from langgraph_dba.database.statements.plpgsql import expression_sql
from langgraph_dba.database.statements.postgres_grammar import GrammarError, walk
from langgraph_dba.database.statements.postgres_tree import Node


@dataclass(frozen=True, slots=True)
class RoutineBody:
    """The trees of a body; `variables` maps a variable of PL/pgSQL to the expressions that are assigned to it."""

    name: tuple[str, ...]
    expressions: tuple[Node, ...]
    variables: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)


def body_of(definition: str) -> RoutineBody | None:
    """Return the body of a CREATE FUNCTION; None if it cannot be parsed or is in another language."""
    parsed = postgres_grammar.parse(definition)
    if isinstance(parsed, GrammarError) or not parsed:
        return None
    function = parsed[0].tree.get("CreateFunctionStmt", {})
    name = tuple(part["String"]["sval"] for part in function.get("funcname", ()))
    if not name:
        return None
    if body := function.get("sql_body"):
        return RoutineBody(name, (body,))
    options = {one["DefElem"]["defname"]: one["DefElem"].get("arg", {}) for one in function.get("options", ())}
    language = options.get("language", {}).get("String", {}).get("sval", "").lower()
    if language == "plpgsql":
        return _plpgsql(name, definition)
    texts = options.get("as", {}).get("List", {}).get("items", ())
    return RoutineBody(name, tuple(_trees(texts[0]["String"].get("sval", "")))) if language == "sql" and texts else None


def _plpgsql(name: tuple[str, ...], definition: str) -> RoutineBody | None:
    functions = postgres_grammar.parse_plpgsql(definition)
    if isinstance(functions, GrammarError):
        return None
    expressions: list[Node] = []
    variables: dict[str, list[Node]] = defaultdict(list)
    for kind, node in walk(functions):
        if kind == "PLpgSQL_expr":
            target, sql = expression_sql(node)
            found = list(_trees(sql))
            expressions += found
            if target:
                variables[target.lower()] += found
        elif kind == "PLpgSQL_var" and "default_val" in node:
            variables[node["refname"]] += _trees(f"SELECT {node['default_val']['PLpgSQL_expr']['query']}")
        elif kind == "PLpgSQL_stmt_execsql" and node.get("into"):
            row = node.get("target", {}).get("PLpgSQL_row", {})
            for target in row.get("fields", ()):
                variables[target["name"]] += _trees(node["sqlstmt"]["PLpgSQL_expr"]["query"])
    return RoutineBody(name, tuple(expressions), {key: tuple(trees) for key, trees in variables.items()})


def _trees(sql: str) -> Iterator[Any]:
    parsed = postgres_grammar.parse(sql)
    if not isinstance(parsed, GrammarError):
        yield from (statement.tree for statement in parsed)
