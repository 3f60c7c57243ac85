"""Run proofs on engines; independent proofs run in parallel."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import MISSING_CAPABILITIES, Engine, Rejected, budget, out_of_time
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.database.proofs import up_down_up
from langgraph_dba.database.proofs.kit.catalogue.scratch_statements import with_roles
from langgraph_dba.database.proofs.kit.proof import Proof, claim_of, missing_traits, proof_name
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.kit.undeclared import with_undeclared, with_values
from langgraph_dba.database.proofs.runner.registry import PROOFS, all_proofs
from langgraph_dba.errors import EngineError, EngineUnavailable, InputError, OverBudget
from langgraph_dba.evidence import CheckResult, Evidence, Receipt

Progress = Callable[[Evidence], None]
# Proofs mostly wait for their engine, so more threads than cores help; each needs connections and memory of the server.
_AT_ONCE = 4


def prove(
    schema: Schema,
    ddl: Mapping[str, Ddl],
    engines: Mapping[str, Engine | EngineUnavailable],
    *,
    proofs: Sequence[Proof] | None = None,
    budget_s: float | None = None,
    reuse: bool = False,
    progress: Progress = lambda _: None,
    planned: Callable[[int], None] = lambda _: None,
) -> tuple[Evidence, ...]:
    """Run proofs on each engine and return one evidence per proof and engine, in the order of engines and proofs.

    Without `proofs`, all proofs run that apply to the schema on the engine.

    Only a counterexample refutes. The evidence is `not run`, with the reason, if the engine is unavailable or fails,
    the statements do not run, the proof does not apply, or the budget of `budget_s` seconds is used up. `progress` is
    called with each evidence as soon as it exists, possibly from another thread, and `planned` for each engine
    with the number of its proofs. With `reuse`, evidence that this
    process has for the same schema, statements and server is returned without another run.
    """

    def on_engine(name: str) -> list[Evidence]:
        engine = engines[name]
        chosen = _applicable(all_proofs(), schema, ddl[name], engine) if proofs is None else tuple(proofs)

        planned(len(chosen))

        def run_or_skip(proof: Proof, subject: Subject | None, reason: str = "") -> Evidence:
            skip_reason = str(engine) if isinstance(engine, EngineUnavailable) else reason
            if subject is None or skip_reason:
                evidence = claim_of(proof).not_run(name, skip_reason)
            else:
                evidence = run_proof(proof, subject)
            progress(evidence)
            return evidence

        declared = None if isinstance(engine, EngineUnavailable) else _subject(schema, ddl[name], engine)
        # First and alone: if the statements do not run, every other proof would fail for the same reason.
        first = [run_or_skip(proof, declared) for proof in chosen if proof is up_down_up]
        failure = next((_ddl_failure(evidence) for evidence in first), "")
        # of a database that exists, there are no statements for `up-down-up` to run
        if declared and not declared.is_designed and not isinstance(engine, EngineUnavailable):
            failure = failure or _creation_failure(declared)
        rest = [proof for proof in chosen if proof is not up_down_up]
        whole = with_values(with_undeclared(declared)) if declared and rest and not failure else declared
        others = in_parallel(lambda proof: run_or_skip(proof, whole, failure), rest, at_once=_AT_ONCE)
        by_name = {evidence.proof: evidence for evidence in (*first, *others)}
        return [by_name[proof_name(proof)] for proof in chosen]

    run_proof = _run_cached if reuse else _run
    with budget(budget_s):
        return tuple(evidence for per_engine in in_parallel(on_engine, engines) for evidence in per_engine)


def _subject(schema: Schema, ddl: Ddl, engine: Engine) -> Subject:
    runs = with_roles(ddl, engine, schema.app_role) if ddl.down.strip() else ddl
    return Subject(with_mechanisms(schema, engine.traits) if ddl.down.strip() else schema, runs, engine, source=ddl)


# One session proves the same design several times: for an analyst, for the claims of seats, and at the end.
_CACHE: OrderedDict[tuple[str, ...], Evidence] = OrderedDict()
_CACHE_SIZE = 64
_LOG = logging.getLogger(__name__)
NOT_FILLED = "tables that could not be filled"
"""The key of `Receipt.numbers` for the tables that no check could fill, with the engine's reason."""


def _run_cached(proof: Proof, subject: Subject) -> Evidence:
    """Return the evidence of an earlier run on the same subject, or run the proof; `not run` is never cached."""
    key = (proof.__name__, subject.digest, subject.traits.name, subject.engine.origin, subject.engine.version())
    evidence = _CACHE.get(key) or _run(proof, subject)
    if evidence.state != "not run":
        _CACHE[key] = evidence
        while len(_CACHE) > _CACHE_SIZE:
            _CACHE.popitem(last=False)
    return evidence


def _run(proof: Proof, subject: Subject) -> Evidence:
    claim, engine = claim_of(proof), subject.traits.name
    receipt = Receipt(numbers={NOT_FILLED: dict(subject.left_out)} if subject.left_out else {})
    try:
        reason = _skip_reason(proof, subject)
        if reason:
            return claim.not_run(engine, reason, receipt)
        out_of_time()
        evidence = claim.evidence(
            engine,
            _with_left_out(proof.run(subject), subject),
            version=subject.engine.version(),
            subject=subject.digest,
            again=f"langgraph-dba prove . --claim {claim.proof} --engine {engine}",
        )
        if evidence.state != "not run":
            return evidence
        # its numbers show nothing, but its reason only names the tables that could not be filled; each business rule
        # has numbers of its own
        rules = {
            one.id: evidence.receipt.numbers[one.id]
            for one in subject.schema.rules
            if one.id in evidence.receipt.numbers
        }
        named = evidence.receipt.model_copy(update={"numbers": {**receipt.numbers, **rules}})
        return evidence.model_copy(update={"receipt": named})
    except OverBudget as end:
        return claim.not_run(engine, str(end), receipt)
    except Rejected as refusal:
        # A sample that the tables refuse is a counterexample only for `relationships`; any other proof could not start.
        return claim.not_run(engine, f"the engine refused what the proof needs: {refusal}", receipt)
    # EngineError: the engine failed. InputError: no rows could be generated for the schema. Neither refutes the claim.
    except (EngineError, InputError) as error:
        return claim.not_run(engine, str(error), receipt)
    except Exception as error:
        if proof in PROOFS:
            raise
        _LOG.exception("the proof %s raised an exception", proof.__name__)  # foreign code may raise anything
        return claim.not_run(engine, f"the proof raised {type(error).__name__}: {error}", receipt)


def _with_left_out(result: CheckResult, subject: Subject) -> CheckResult:
    """Return the result with the tables that no check could fill."""
    if not subject.left_out:
        return result
    is_told = any(name in result.untried for name in subject.left_out)
    untried = f"{result.untried} {_among_filled(subject)}" if result.untried and not is_told else result.untried
    untried = untried if subject.schema.tables else f"no table could be filled: {_reasons(subject)}"
    return replace(
        result,
        summary=f"{result.summary}; not judged, because they could not be filled: {', '.join(subject.left_out)}",
        numbers={**result.numbers, NOT_FILLED: dict(subject.left_out)},
        untried=untried,
    )


def _applicable(
    proofs: Sequence[Proof], schema: Schema, ddl: Ddl, engine: Engine | EngineUnavailable
) -> tuple[Proof, ...]:
    """Return the proofs that apply to the schema and whose missing traits all have a documented fallback.

    A proof that cannot run because of a trait with a fallback is included, so that its `not run` reports the fallback.
    """
    if isinstance(engine, EngineUnavailable):
        return tuple(proofs)
    subject, fallbacks = Subject(schema, ddl, engine), engine.traits.fallbacks
    return tuple(
        proof
        for proof in proofs
        if not proof.obstacle(subject) and all(trait in fallbacks for trait in missing_traits(proof, engine.traits))
    )


def _skip_reason(proof: Proof, subject: Subject) -> str:
    """Return why a proof cannot run: it does not apply to the schema, or the engine lacks a trait; empty if it can."""
    obstacle, missing = proof.obstacle(subject), missing_traits(proof, subject.traits)
    if (
        obstacle
        and subject.left_out
        and not proof.obstacle(replace(subject, schema=subject.declared or subject.schema))
    ):
        return f"{obstacle} {_among_filled(subject)}"
    if obstacle or not missing:
        return obstacle
    fallbacks = [subject.traits.fallbacks.get(trait, "") for trait in missing]
    lacks = " and ".join(MISSING_CAPABILITIES.get(trait, f"has no {trait.replace('_', ' ')}") for trait in missing)
    return f"{subject.traits.title} {lacks}" + "".join(f" ({text})" for text in fallbacks if text)


def _among_filled(subject: Subject) -> str:
    return f"among the tables that could be filled (left out: {', '.join(subject.left_out)})"


def _reasons(subject: Subject) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in subject.left_out.items())


def _creation_failure(subject: Subject) -> str:
    """Return why no proof can run, if the engine refuses the statements of an existing database; otherwise empty."""
    try:
        with subject.scratch():
            return ""
    except Rejected as refusal:
        return f"{up_down_up.UP_FAILED}: {refusal}"
    except (EngineError, OverBudget):
        return ""  # each proof reports an engine that fails


def _ddl_failure(up_down: Evidence) -> str:
    """Return why no other proof can run, if the statements of the schema did not run; otherwise an empty text."""
    failed = up_down.state != "supported" and up_down_up.UP_FAILED in up_down.reason
    return f"see {up_down.proof}: {up_down.reason}" if failed else ""
