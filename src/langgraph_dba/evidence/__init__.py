"""Claims and their evidence: the check, the engine, the result, and how to repeat the check."""

from langgraph_dba.evidence.evidence import STATES, CheckResult, Claim, Evidence, Receipt, State, Strength
from langgraph_dba.evidence.evidence_set import Counts, EvidenceSet
from langgraph_dba.evidence.rendering import counts_by_engine, markdown_lines, reason_lines

__all__ = [
    "STATES",
    "CheckResult",
    "Claim",
    "Counts",
    "Evidence",
    "EvidenceSet",
    "Receipt",
    "State",
    "Strength",
    "counts_by_engine",
    "markdown_lines",
    "reason_lines",
]
