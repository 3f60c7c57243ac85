"""The proofs: each is one file that says what it claims, what may stand in its way, and how it runs on an engine."""

from langgraph_dba.database.proofs.registry import (
    PROOFS,
    all_proofs,
    catalogue,
    named,
    needs,
    possible,
    proof_name,
)
from langgraph_dba.database.proofs.running import prove
from langgraph_dba.database.proofs.subject import Result, Subject

__all__ = [
    "PROOFS",
    "Result",
    "Subject",
    "all_proofs",
    "catalogue",
    "named",
    "needs",
    "possible",
    "proof_name",
    "prove",
]
