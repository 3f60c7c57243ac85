"""Running proofs: every proof on every engine, those that do not depend on each other at once."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from langgraph_dba.database.ddl.rendering import Ddl
from langgraph_dba.database.engines import MISSING_CAPABILITIES, Engine, Rejected, budget, out_of_time
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.database.proofs import up_down_up
from langgraph_dba.database.proofs.kit.proof import Proof, claim_of, missing_traits, proof_name
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.runner.registry import all_proofs
from langgraph_dba.errors import EngineError, EngineUnavailable, InputError, OverBudget
from langgraph_dba.evidence import Evidence

Progress = Callable[[Evidence], None]
_AT_ONCE = 4  # proofs wait for their engine most of the time, but a server's memory and connections are bounded


def prove(
    schema: Schema,
    ddl: Mapping[str, Ddl],
    engines: Mapping[str, Engine | EngineUnavailable],
    *,
    proofs: Sequence[Proof] | None = None,
    budget_s: float | None = None,
    reuse: bool = False,
    progress: Progress = lambda _: None,
) -> tuple[Evidence, ...]:
    """Run proofs on every engine and return one piece of evidence for each pair, in the proofs' order.

    Without `proofs` all are run that have something to say of this schema on that engine.

    An engine that cannot be used here, that dies on the way, statements that do not run, a proof that does not apply
    and one that the budget of `budget_s` seconds has no time for give `not run` with the reason; only a counterexample
    refutes. `progress` hears of each piece when it is there, perhaps from another thread. With `reuse`, a proof that
    this process has run on the same schema, statements and server is not run again: a session proves the isolation of
    tenants for an analyst, for a seat's claim, and in the end.
    """

    def on_engine(name: str) -> list[Evidence]:
        engine = engines[name]
        chosen = _applicable(all_proofs(), schema, ddl[name], engine) if proofs is None else tuple(proofs)

        def told(proof: Proof, reason: str = "") -> Evidence:
            closed = str(engine) if isinstance(engine, EngineUnavailable) else reason
            one = claim_of(proof).not_run(name, closed) if closed else run_proof(proof, subject())
            progress(one)
            return one

        def subject() -> Subject:
            assert not isinstance(engine, EngineUnavailable)
            return Subject(schema, ddl[name], engine)

        # what the statements themselves do comes first: where they do not run, nothing else can
        first = [told(proof) for proof in chosen if proof is up_down_up]
        broken = next((_breakage(one) for one in first), "")
        rest = [proof for proof in chosen if proof is not up_down_up]
        found = {one.proof: one for one in (*first, *in_parallel(lambda p: told(p, broken), rest, at_once=_AT_ONCE))}
        return [found[proof_name(proof)] for proof in chosen]

    run_proof = _recent if reuse else _try
    with budget(budget_s):
        return tuple(one for found in in_parallel(on_engine, engines) for one in found)


_RECENT: OrderedDict[tuple[str, ...], Evidence] = OrderedDict()
_RECENT_AT_MOST = 64


def _recent(proof: Proof, subject: Subject) -> Evidence:
    """Return the evidence of an earlier run on the same subject, or run the proof; what did not run is tried again."""
    key = (proof.__name__, subject.digest, subject.traits.name, subject.engine.origin, subject.engine.version())
    evidence = _RECENT.get(key) or _try(proof, subject)
    if evidence.state != "not run":
        _RECENT[key] = evidence
        while len(_RECENT) > _RECENT_AT_MOST:
            _RECENT.popitem(last=False)
    return evidence


def _try(proof: Proof, subject: Subject) -> Evidence:
    claim, engine = claim_of(proof), subject.traits.name
    try:
        reason = _obstacle(proof, subject)
        if reason:
            return claim.not_run(engine, reason)
        out_of_time()
        return claim.evidence(
            engine,
            proof.run(subject),
            version=subject.engine.version(),
            subject=subject.digest,
            again=f"langgraph-dba prove . --claim {claim.proof} --engine {engine}",
        )
    except OverBudget as end:
        return claim.not_run(engine, str(end))
    except Rejected as refusal:
        # Whether the sample fits is the claim of `relationships`; here it only means that nothing could be tried.
        return claim.not_run(engine, f"the engine refused what the proof needs: {refusal}")
    except (EngineError, InputError) as error:  # an engine that broke down; rows that could not be made
        return claim.not_run(engine, str(error))


def _applicable(
    proofs: Sequence[Proof], schema: Schema, ddl: Ddl, engine: Engine | EngineUnavailable
) -> tuple[Proof, ...]:
    """Leave out what has nothing to say: the schema gives it nothing to do, or the engine counts no such thing.

    What an engine lacks and has a stated fallback for stays: it must be told.
    """
    if isinstance(engine, EngineUnavailable):
        return tuple(proofs)
    subject, told = Subject(schema, ddl, engine), engine.traits.fallbacks
    return tuple(
        proof
        for proof in proofs
        if not proof.obstacle(subject) and all(trait in told for trait in missing_traits(proof, engine.traits))
    )


def _obstacle(proof: Proof, subject: Subject) -> str:
    """Say what stands in a proof's way: the schema gives it nothing to do, or the engine cannot."""
    own, missing = proof.obstacle(subject), missing_traits(proof, subject.traits)
    if own or not missing:
        return own
    fallbacks = [subject.traits.fallbacks.get(trait, "") for trait in missing]
    words = " and ".join(MISSING_CAPABILITIES.get(trait, f"has no {trait.replace('_', ' ')}") for trait in missing)
    return f"{subject.traits.title} {words}" + "".join(f" ({text})" for text in fallbacks if text)


def _breakage(up_down: Evidence) -> str:
    """Say why nothing more can be tried: the statements themselves did not run."""
    stopped = up_down.state == "refuted" and up_down_up.NO_WAY_UP in up_down.reason
    return f"see {up_down.proof}: {up_down.reason}" if stopped else ""
