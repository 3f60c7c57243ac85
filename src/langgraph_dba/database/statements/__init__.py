"""SQL text of three dialects: statements of a script, placeholders, and PostgreSQL's own grammar.

`postgres_grammar` is a module of its own, because it needs the extra `postgres`.
"""

from langgraph_dba.database.statements.dialects import DIALECTS, Dialect
from langgraph_dba.database.statements.masking import mask
from langgraph_dba.database.statements.placeholder_scan import Placeholder, PlaceholderStyle, placeholders
from langgraph_dba.database.statements.splitter import split
from langgraph_dba.database.statements.statement import Statement, StatementKind

__all__ = [
    "DIALECTS",
    "Dialect",
    "Placeholder",
    "PlaceholderStyle",
    "Statement",
    "StatementKind",
    "mask",
    "placeholders",
    "split",
]
