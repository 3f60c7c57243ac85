"""Generate rows inside a database, described by a profile."""

from langgraph_dba.database.data.generator.arithmetic import scatter
from langgraph_dba.database.data.generator.profile import ColumnProfile, Profile, ReferenceProfile, Spread, TableProfile
from langgraph_dba.database.data.generator.row_generation import generate, rows_of, statements

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
