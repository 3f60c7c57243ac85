"""The proofs: each is one file that says what it claims, what may stand in its way, and how it runs on an engine."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from langgraph_dba.database.concurrently import concurrently
from langgraph_dba.database.engines import ENGINES, Engine, Rejected, Traits, traits_of
from langgraph_dba.database.evidence import Evidence, Receipt
from langgraph_dba.database.proofs import (
    data_types,
    foreign_keys_indexed,
    normal_form,
    relationships,
    tenant_isolation,
    up_down_up,
)
from langgraph_dba.database.proofs.subject import Result, Subject, evidence
from langgraph_dba.database.schema.ddl import Ddl
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.errors import EngineError, EngineUnavailable, InputError

__all__ = ["PROOFS", "Result", "Subject", "catalogue", "evidence", "named", "possible", "proof_name", "prove"]

# In the order in which they run: the first one that fails explains most of what follows.
PROOFS: tuple[ModuleType, ...] = (
    up_down_up,
    relationships,
    normal_form,
    data_types,
    tenant_isolation,
    foreign_keys_indexed,
)
Progress = Callable[[Evidence], None]


def proof_name(proof: ModuleType) -> str:
    """Return a proof's name: its file's, in kebab-case."""
    return proof.__name__.rpartition(".")[2].replace("_", "-")


def catalogue() -> list[dict[str, Any]]:
    """Return the proofs as plain data: name, claim, engines on which it can run, the capability it stands for."""
    return [
        {
            "name": proof_name(proof),
            "claim": proof.CLAIM,
            "engines": [name for name in ENGINES if possible(proof, traits_of(name))],
            "capability": proof.CAPABILITY,
        }
        for proof in PROOFS
    ]


def possible(proof: ModuleType, traits: Traits) -> bool:
    """Whether an engine can run a proof at all."""
    return bool(proof.possible(traits)) if hasattr(proof, "possible") else True


def named(names: Sequence[str]) -> tuple[ModuleType, ...]:
    """Return the proofs of those names in their order, all of them without names; InputError for an unknown one."""
    known = {proof_name(proof): proof for proof in PROOFS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"there is no proof {unknown[0]!r}: choose from {', '.join(known)}")
    return tuple(proof for name, proof in known.items() if not names or name in names)


def prove(
    schema: Schema,
    ddl: Mapping[str, Ddl],
    engines: Mapping[str, Engine | EngineUnavailable],
    *,
    proofs: Sequence[ModuleType] = PROOFS,
    progress: Progress = lambda _: None,
) -> tuple[Evidence, ...]:
    """Run the proofs on every engine and return one piece of evidence for each pair.

    An engine that cannot be used here, statements that do not run and a proof that does not apply give `not run` with
    the reason; only a counterexample refutes.
    """

    def on_engine(name: str) -> list[Evidence]:
        engine, found = engines[name], list[Evidence]()
        closed = str(engine) if isinstance(engine, EngineUnavailable) else ""
        for proof in proofs:
            reason = closed or _breakage(found)
            one = _not_run(proof, name, reason) if reason else _run(proof, Subject(schema, ddl[name], _usable(engine)))
            found.append(one)
            progress(one)
        return found

    return tuple(one for found in concurrently(on_engine, engines) for one in found)


def _usable(engine: Engine | EngineUnavailable) -> Engine:
    assert not isinstance(engine, EngineUnavailable)
    return engine


def _run(proof: ModuleType, subject: Subject) -> Evidence:
    # most proofs run anywhere: only those that may not say what stands in their way
    obstacle: str = proof.obstacle(subject) if hasattr(proof, "obstacle") else ""
    if obstacle:
        return _not_run(proof, subject.traits.name, obstacle)
    try:
        return evidence(proof.CLAIM, proof_name(proof), subject, proof.run(subject))
    except Rejected as refusal:
        # Whether the sample fits is the claim of `relationships`; here it only means that nothing could be tried.
        return _not_run(proof, subject.traits.name, f"the engine refused what the proof needs: {refusal}")
    except EngineError as error:
        return _not_run(proof, subject.traits.name, str(error))


def _not_run(proof: ModuleType, engine: str, reason: str) -> Evidence:
    return Evidence(
        claim=proof.CLAIM, proof=proof_name(proof), engine=engine, state="not run", reason=reason, receipt=Receipt()
    )


def _breakage(found: Sequence[Evidence]) -> str:
    """Say why nothing more can be tried: the statements themselves did not run."""
    broken = (one for one in found if one.proof == proof_name(up_down_up) and one.state == "refuted")
    return next((f"see {one.proof}: {one.reason}" for one in broken if up_down_up.NO_WAY_UP in one.reason), "")
