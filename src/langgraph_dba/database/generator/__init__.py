"""Generated data: what they look like, and how they come into a database."""

from langgraph_dba.database.generator.arithmetic import scatter
from langgraph_dba.database.generator.generate import generate, rows_of, statements
from langgraph_dba.database.generator.profile import ColumnProfile, Profile, ReferenceProfile, Spread, TableProfile

__all__ = [
    "ColumnProfile",
    "Profile",
    "ReferenceProfile",
    "Spread",
    "TableProfile",
    "generate",
    "rows_of",
    "scatter",
    "statements",
]
