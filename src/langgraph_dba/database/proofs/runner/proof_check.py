"""Check the proofs: each must support the sound specimen and refute it with each planted defect."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.proof import Proof, proof_name
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.runner.proof_run import prove
from langgraph_dba.database.proofs.runner.registry import can_run_on
from langgraph_dba.evidence import State


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """The result of one proof on one engine; `defect` is the name of the planted defect, or empty for the specimen."""

    proof: str
    engine: str
    defect: str
    state: State
    reason: str
    expected: str = ""
    can_fail: bool = True

    @property
    def wrong(self) -> str:
        """Return how the proof failed, or an empty text."""
        if not self.can_fail:
            return "has no defect to find on any engine: nothing shows that it can fail"
        if not self.defect:
            return "" if self.state == "supported" else f"{self.state} on a sound schema: {self.reason}"
        if self.state != "refuted":
            return f"misses {self.defect!r}: {self.state}, {self.reason}"
        # a refutation for another reason would hide that the proof does not see the defect itself
        return "" if self.expected in self.reason else f"finds {self.defect!r} for another reason: {self.reason}"


def check_proofs(proofs: Sequence[Proof], engine: Engine, *, defects: int | None = None) -> tuple[ProofCheck, ...]:
    """Run each proof on the sound specimen and on each of its defects that can exist on the engine.

    `defects` is the maximum number of defects per proof; None means all.
    """
    cases = [case for proof in proofs if can_run_on(proof, engine.traits) for case in _cases(proof, engine, defects)]
    return tuple(in_parallel(lambda case: _run(*case, engine), cases, at_once=2))


def _cases(proof: Proof, engine: Engine, limit: int | None) -> Iterator[tuple[Proof, Defect | None]]:
    yield proof, None
    yield from [(proof, defect) for defect in proof.DEFECTS if defect.exists(engine.traits)][:limit]


def _run(proof: Proof, defect: Defect | None, engine: Engine) -> ProofCheck:
    sound = specimen_for(engine.traits)
    subject = defect.plant(sound, engine) if defect else Subject(sound, render(sound, engine.traits), engine)
    traits = subject.traits
    (evidence,) = prove(subject.schema, {traits.name: subject.ddl}, {traits.name: engine}, proofs=(proof,))
    name, expected = (defect.name, defect.expected) if defect else ("", "")
    return ProofCheck(
        proof_name(proof), traits.name, name, evidence.state, evidence.reason, expected, bool(proof.DEFECTS)
    )
