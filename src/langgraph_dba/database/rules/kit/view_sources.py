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
    local = {one.alias for one in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - local
