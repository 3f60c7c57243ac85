"""The proofs: each is one file that says what it claims, what may stand in its way, and how it runs on an engine."""

from langgraph_dba.database.proofs.kit.proof import Proof, claim_of, proof_name
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.runner.registry import (
    PROOFS,
    all_proofs,
    catalogue,
    named,
    possible,
)
from langgraph_dba.database.proofs.runner.running import prove

__all__ = [
    "PROOFS",
    "Proof",
    "Subject",
    "all_proofs",
    "catalogue",
    "claim_of",
    "named",
    "possible",
    "proof_name",
    "prove",
]
