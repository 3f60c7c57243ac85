"""Check the claims of decisions: each claim names its check, which runs on an engine with the option's design."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from langgraph_dba.agents.database_specialist import design_checks
from langgraph_dba.agents.database_specialist.design_checks import OptionDesign
from langgraph_dba.agents.database_specialist.option_design import design_option
from langgraph_dba.agents.database_specialist.target_engines import Engines, open_engines
from langgraph_dba.agents.panel.decision import Ballot, Decision, SeatClaim
from langgraph_dba.agents.panel.tally import canonical, checked_sentence, proof_of
from langgraph_dba.database.proofs import PROOFS, proof_name
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.errors import DbaError
from langgraph_dba.evidence import Claim, Evidence, EvidenceSet

Check = Callable[[OptionDesign, Claim], Sequence[Evidence]]


def _proof(name: str) -> Check:
    return lambda option_design, _: design_checks.proof(option_design, name)


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "workload-search": design_checks.workload_search,
        "reference-search": design_checks.reference_search,
        "catalogue-size": design_checks.catalogue_size,
        **{f"proof:{proof_name(proof)}": _proof(proof_name(proof)) for proof in PROOFS},
    }
)


@dataclass(frozen=True, slots=True)
class _DecisionClaim:
    """One claim of one decision."""

    decision: Decision
    claim: SeatClaim

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the key of the check's run: claims with different sentences may need the same run."""
        return self.claim.check, self.decision.option, canonical(self.decision.parameters)

    @property
    def checked(self) -> Claim:
        """Return the claim for the evidence."""
        return Claim(checked_sentence(self.decision, self.claim), proof_of(self.claim.check))


def check_claims(
    ballots: Sequence[Ballot],
    requirements: Mapping[str, Any],
    engines: Engines | Sequence[str],
    checks: Mapping[str, Check] = CHECKS,
) -> tuple[Evidence, ...]:
    """Return the evidence for every claim that names a check, once for each engine that it ran on.

    If a check cannot run (it is unknown, the option has no design, no engine is usable), the evidence is `not run` with
    the reason.
    """
    claims = _checkable_claims(ballots)
    if not claims:
        return ()  # starting an engine takes up to 2 s
    usable = engines if isinstance(engines, Mapping) else open_engines(engines)
    results: dict[tuple[str, str, str], Sequence[Evidence]] = {}
    items: list[Evidence] = []
    for one in claims:
        if one.key not in results:
            results[one.key] = _run_check(one, requirements, usable, checks)
        # The run is shared, but each claim needs evidence with its own text.
        label = {"claim": one.checked.text, "proof": one.checked.proof}
        items += [evidence.model_copy(update=label) for evidence in results[one.key]]
    return EvidenceSet(items).sorted()


def _checkable_claims(ballots: Sequence[Ballot]) -> list[_DecisionClaim]:
    decisions = [ballot.decision for ballot in ballots if ballot.decision]
    return [_DecisionClaim(decision, claim) for decision in decisions for claim in decision.claims if claim.check]


def _run_check(
    one: _DecisionClaim, raw: Mapping[str, Any], engines: Engines, checks: Mapping[str, Check]
) -> Sequence[Evidence]:
    if one.claim.check not in checks:
        return [one.checked.not_run("", f"there is no check {one.claim.check!r}")]
    # A seat may claim anything: one that cannot be checked must not end the consensus, so an error becomes `not run`.
    try:
        requirements = Requirements.model_validate(raw)
        schema = design_option(requirements, one.decision.topic, one.decision.option)
        if schema is None:
            reason = f"there is no design for the option {one.decision.option!r}, so nothing can be run"
            return [one.checked.not_run("", reason)]
        return checks[one.claim.check](OptionDesign(requirements, schema, engines), one.checked)
    except ValidationError as error:
        return [one.checked.not_run("", f"the requirements are invalid: {error.errors()[0]['msg']}")]
    except DbaError as error:
        return [one.checked.not_run("", str(error))]
