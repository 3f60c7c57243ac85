"""The expressions in the tree of a PL/pgSQL function, whose SQL the parser keeps as text."""

import re

from langgraph_dba.database.statements.postgres_tree import Node

_EXPRESSION, _FIRST_ASSIGNMENT = 2, 3  # parse modes of PostgreSQL: 0 is a statement, from 3 on assignments
_TOKEN = re.compile(r""""(?:[^"]|"")*"|'(?:[^']|'')*'|[\[(]|[\])]|:?=""")


def expression_sql(node: Node) -> tuple[str, str]:
    """Return the target of an assignment, empty for other expressions, and a statement with the expression.

    `node` are the fields of a `PLpgSQL_expr`. A target may have subscripts, which are expressions too.
    """
    query, mode = str(node["query"]), int(node.get("parseMode", 0))
    if mode < _EXPRESSION:
        return "", query
    target, value = _divided(query) if mode >= _FIRST_ASSIGNMENT else ("", query)
    return target, f"SELECT {value}"


def _divided(assignment: str) -> tuple[str, str]:
    """Divide `target := value`, or `target = value`, outside of brackets and quotes."""
    depth = 0
    for token in _TOKEN.finditer(assignment):
        depth += (token[0] in "[(") - (token[0] in "])")
        if depth == 0 and token[0] in (":=", "="):
            return assignment[: token.start()].strip(), assignment[token.end() :]
    return "", assignment
