"""Account for the words of a request: what cites them, and what no part of the design stands on."""

from langgraph_dba.database.request.coverage.accounting import coverage_of
from langgraph_dba.database.request.coverage.span import STATES, Coverage, CoverageState, Span
from langgraph_dba.database.request.coverage.tables import coverage_line, coverage_table

__all__ = ["STATES", "Coverage", "CoverageState", "Span", "coverage_line", "coverage_of", "coverage_table"]
