"""The tables and views that a view reads."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.model.schema import View
from langgraph_dba.database.reflection.expression_form import DIALECTS


def relations_read(view: View, engine: str) -> frozenset[str]:
    """Return the names of the relations that a view reads, without their schemas.

    If its definition cannot be parsed, return all words of it: a name among them may then be that of a column.
    """
    query = re.sub(r"^.*?\bAS\s+", "", view.definition, count=1, flags=re.DOTALL)
    dialect = traits_of(engine).dialect if engine else ""
    try:
        tree = sqlglot.parse_one(query, dialect=DIALECTS.get(dialect, dialect))
    except SqlglotError:
        return frozenset(re.findall(r"\w+", query))
    return frozenset(table.name for table in tree.find_all(exp.Table) if not _is_local(table))


def _is_local(table: exp.Table) -> bool:
    """Return whether a name refers to a query of a WITH clause around it; elsewhere, the name is that of a table."""
    if table.db:
        return False
    node: exp.Expr | None = table
    while node is not None:
        clause = node.args.get("with_")
        if clause and any(one.alias == table.name for one in _visible(clause, table)):
            return True
        node = node.parent
    return False


def _visible(clause: exp.With, table: exp.Table) -> list[exp.CTE]:
    """Return the queries of a WITH clause that a table name can refer to: in one of them, only those before it."""
    around = table.find_ancestor(exp.CTE)
    while around is not None and around.parent is not clause:
        around = around.find_ancestor(exp.CTE)
    if around is None or clause.recursive:
        return list(clause.expressions)
    return list(clause.expressions[: clause.expressions.index(around)])
