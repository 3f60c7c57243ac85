"""Check what decisions claim: each claim names its check, and a check asks an engine about the option's design."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from langgraph_dba.agents.database_specialist import design_checks
from langgraph_dba.agents.database_specialist.design_checks import Subject
from langgraph_dba.agents.database_specialist.option_design import built
from langgraph_dba.agents.database_specialist.target_engines import Engines, opened
from langgraph_dba.agents.panel.decision import Ballot, Decision, SeatClaim
from langgraph_dba.agents.panel.tally import canonical, checked_sentence, proof_of
from langgraph_dba.database.proofs import PROOFS, proof_name
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.errors import DbaError
from langgraph_dba.evidence import Claim, Evidence, EvidenceSet

Check = Callable[[Subject, Claim], Sequence[Evidence]]


def _proof(name: str) -> Check:
    return lambda subject, _: design_checks.proof(subject, name)


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "workload-search": design_checks.workload_search,
        "reference-search": design_checks.reference_search,
        "catalogue-size": design_checks.catalogue_size,
        **{f"proof:{proof_name(proof)}": _proof(proof_name(proof)) for proof in PROOFS},
    }
)


@dataclass(frozen=True, slots=True)
class _Made:
    """One claim as its decision makes it."""

    decision: Decision
    claim: SeatClaim

    @property
    def key(self) -> tuple[str, str, str]:
        """What is asked of an engine: several sentences may ask the same."""
        return self.claim.check, self.decision.option, canonical(self.decision.parameters)

    @property
    def checked(self) -> Claim:
        """The claim that the evidence states."""
        return Claim(checked_sentence(self.decision, self.claim), proof_of(self.claim.check))


def check_claims(
    ballots: Sequence[Ballot],
    requirements: Mapping[str, Any],
    engines: Engines | Sequence[str],
    checks: Mapping[str, Check] = CHECKS,
) -> tuple[Evidence, ...]:
    """Return the evidence for every claim that names a check, once for each engine that was asked.

    What could not run (an unknown check, an option that no design can take, no engine) is `not run` with the reason.
    """
    claims = _made(ballots)
    if not claims:
        return ()  # no engine is started for nothing
    usable = engines if isinstance(engines, Mapping) else opened(engines)
    answers: dict[tuple[str, str, str], Sequence[Evidence]] = {}
    items: list[Evidence] = []
    for made in claims:
        if made.key not in answers:
            answers[made.key] = _ask(made, requirements, usable, checks)
        label = {"claim": made.checked.text, "proof": made.checked.proof}
        items += [answer.model_copy(update=label) for answer in answers[made.key]]
    return EvidenceSet(items).sorted()


def _made(ballots: Sequence[Ballot]) -> list[_Made]:
    decisions = [ballot.decision for ballot in ballots if ballot.decision]
    return [_Made(decision, claim) for decision in decisions for claim in decision.claims if claim.check]


def _ask(made: _Made, raw: Mapping[str, Any], engines: Engines, checks: Mapping[str, Check]) -> Sequence[Evidence]:
    if made.claim.check not in checks:
        return [made.checked.not_run("", f"there is no check {made.claim.check!r}")]
    try:
        requirements = Requirements.model_validate(raw)
        schema = built(requirements, made.decision.topic, made.decision.option)
        if schema is None:
            reason = f"no design can be made from {made.decision.option!r} here, so nothing can be run"
            return [made.checked.not_run("", reason)]
        return checks[made.claim.check](Subject(requirements, schema, engines), made.checked)
    except ValidationError as error:
        return [made.checked.not_run("", f"the requirements cannot be used: {error.errors()[0]['msg']}")]
    except DbaError as error:
        return [made.checked.not_run("", str(error))]
