"""Proofs: each module states a claim about a schema and the executable check that can refute it on an engine."""

from langgraph_dba.database.proofs.kit.proof import Proof, claim_of, proof_name
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.runner.proof_run import NOT_FILLED, prove
from langgraph_dba.database.proofs.runner.registry import (
    PROOFS,
    all_proofs,
    can_run_on,
    list_proofs,
    proofs_by_name,
)

__all__ = [
    "NOT_FILLED",
    "PROOFS",
    "Proof",
    "Subject",
    "all_proofs",
    "can_run_on",
    "claim_of",
    "list_proofs",
    "proof_name",
    "proofs_by_name",
    "prove",
]
