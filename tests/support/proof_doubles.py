"""Proof doubles: modules with the attributes that the registry requires."""

from collections.abc import Callable
from types import ModuleType
from typing import cast

from langgraph_dba.database.proofs import Proof, Subject
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.evidence import CheckResult


def proof_double(name: str, run: Callable[[Subject], CheckResult], *defects: Defect) -> Proof:
    """Return a proof module with this name that applies to every schema and engine."""
    proof = ModuleType(f"theirs.{name}", "A proof.")
    vars(proof).update(CLAIM="it is so", CAPABILITY="none", NEEDS=(), DEFECTS=defects, obstacle=lambda _: "", run=run)
    return cast("Proof", proof)
