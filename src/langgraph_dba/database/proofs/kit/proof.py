"""The protocol of a proof module; mypy checks each module of the registry against it."""

from typing import Protocol

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult, Claim
from langgraph_dba.plugins import kebab_name


class Proof(Protocol):
    """A module with one executable check; its docstring describes the check.

    `CLAIM` is the sentence that the check can refute, `CAPABILITY` the line of the specification that it covers,
    `NEEDS` the traits that an engine must have, and `DEFECTS` the defects that the check must find (`langgraph-dba
    proofs check` plants them).
    """

    __name__: str

    @property
    def CLAIM(self) -> str: ...  # noqa: N802  a constant of the module

    @property
    def CAPABILITY(self) -> str: ...  # noqa: N802

    @property
    def NEEDS(self) -> tuple[str, ...]: ...  # noqa: N802

    @property
    def DEFECTS(self) -> tuple[Defect, ...]: ...  # noqa: N802

    def obstacle(self, subject: Subject, /) -> str:
        """Return why the proof does not apply to a schema, or an empty text."""

    def run(self, subject: Subject, /) -> CheckResult:
        """Run the check on the subject's engine."""


PARTS = ("CLAIM", "CAPABILITY", "NEEDS", "DEFECTS", "obstacle", "run")


def proof_name(proof: Proof) -> str:
    """Return a proof's name: its file name in kebab-case."""
    return kebab_name(proof.__name__)


def claim_of(proof: Proof) -> Claim:
    """Return the claim of a proof."""
    return Claim(proof.CLAIM, proof_name(proof))


def missing_traits(proof: Proof, traits: Traits) -> tuple[str, ...]:
    """Return the traits that a proof needs and an engine does not have."""
    return tuple(name for name in proof.NEEDS if not traits.has(name))
