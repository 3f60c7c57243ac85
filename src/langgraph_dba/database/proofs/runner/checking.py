"""Proving the proofs: each must support the sound specimen, and refute it with each of its planted defects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.proof import Proof, proof_name
from langgraph_dba.database.proofs.kit.specimen import specimen_for
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.runner.registry import possible
from langgraph_dba.database.proofs.runner.running import prove
from langgraph_dba.evidence import Evidence, State


@dataclass(frozen=True, slots=True)
class Check:
    """One case: a proof on an engine, with a defect planted or none (empty)."""

    proof: str
    engine: str
    defect: str
    state: State
    reason: str
    says: str = ""

    @property
    def wrong(self) -> str:
        """Say in what the proof failed, or nothing."""
        if not self.defect:
            return "" if self.state == "supported" else f"{self.state} on a sound schema: {self.reason}"
        if self.state != "refuted":
            return f"misses {self.defect!r}: {self.state}, {self.reason}"
        return "" if self.says in self.reason else f"finds {self.defect!r} for another reason: {self.reason}"


def check_proofs(proofs: Sequence[Proof], engine: Engine, *, defects: int | None = None) -> tuple[Check, ...]:
    """Run each proof on the sound specimen and on each of its defects, as far as they exist on the engine.

    `defects` bounds how many of a proof's are planted.
    """
    cases = [case for proof in proofs if possible(proof, engine.traits) for case in _cases(proof, engine, defects)]
    return tuple(in_parallel(lambda case: _run(*case, engine), cases, at_once=2))


def _cases(proof: Proof, engine: Engine, most: int | None) -> Iterator[tuple[Proof, Defect | None]]:
    yield proof, None
    yield from [(proof, defect) for defect in proof.DEFECTS if defect.exists(engine.traits)][:most]


def _run(proof: Proof, defect: Defect | None, engine: Engine) -> Check:
    sound = specimen_for(engine.traits)
    subject = defect.plant(sound, engine) if defect else Subject(sound, render(sound, engine.traits), engine)
    one = run_one(proof, subject)
    name, says = (defect.name, defect.says) if defect else ("", "")
    return Check(proof_name(proof), engine.traits.name, name, one.state, one.reason, says)


def run_one(proof: Proof, subject: Subject) -> Evidence:
    """Run one proof on one subject."""
    name = subject.traits.name
    return prove(subject.schema, {name: subject.ddl}, {name: subject.engine}, proofs=(proof,))[0]
