"""What the analysts share: reading what they are given, and the claims that go with each option."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from langgraph_dba.agents.panel.decision import Decision, Question, SeatClaim
from langgraph_dba.agents.panel.seat import Abstention, View
from langgraph_dba.database.requirements.model import Access, Requirements
from langgraph_dba.errors import RequirementsError

# An option's claims are the same whoever chooses it: they are about the design, not about the reasons.
CLAIMS: Mapping[str, tuple[SeatClaim, ...]] = {
    "shared-schema": (SeatClaim(sentence="no tenant sees or changes another's rows", check="proof:tenant-isolation"),),
    "schema-per-tenant": (
        SeatClaim(sentence="one catalogue bears a copy of the tables for each tenant", check="catalogue-size"),
    ),
    "database-per-tenant": (SeatClaim(sentence="no connection reaches two tenants' databases"),),
    "foreign-keys": (
        SeatClaim(sentence="the rows that name a given one are found by an index", check="reference-search"),
    ),
    "workload": (SeatClaim(sentence="every access of the workload is searched by an index", check="workload-search"),),
    "workload-covering": (
        SeatClaim(sentence="every access of the workload is searched by an index", check="workload-search"),
    ),
}
RISKS: Mapping[str, tuple[str, ...]] = {
    "shared-schema": (
        "one statement without row-level security, or one login that bypasses it, opens all tenants to each other",
        "one tenant's load slows the others, and one tenant's restore is a job of its own",
    ),
    "schema-per-tenant": ("every migration runs once a tenant, and may stop half-way through them",),
    "database-per-tenant": ("every migration, backup and pool exists once a tenant; no statement reads across them",),
    "foreign-keys": ("a read that filters by more than a reference sorts out the rest row by row",),
    "workload": ("an access that is not in the workload has no index of its own",),
    "workload-covering": ("wide indexes cost space and writes, and serve only the columns they were made for",),
}
_TOPICS = ("tenancy", "index-design")
Answers = Mapping[str, Callable[[Requirements, Question, View], Decision]]


def answered(view: View, answers: Answers) -> Decision | Abstention:
    """Answer by topic, or abstain; RequirementsError where the requirements cannot be read."""
    question = Question.model_validate(view["question"])
    if question.topic not in answers:
        return Abstention(f"no analyst for this topic: they answer {', '.join(_TOPICS)}")
    try:
        requirements = Requirements.model_validate(view.get("requirements") or {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RequirementsError(f"the requirements cannot be used: {where}: {first['msg']}") from None
    return answers[question.topic](requirements, question, view)


def decision(question: Question, option: str, rationale: str, *, risks: Iterable[str] = (), **fields: Any) -> Decision:
    """Return a decision with the claims and risks that belong to its option, and those given."""
    own = {"claims": CLAIMS.get(option, ()), "risks": (*RISKS.get(option, ()), *risks)}
    return Decision.model_validate({"topic": question.topic, "option": option, "rationale": rationale, **own, **fields})


def tenants_of(requirements: Requirements) -> str:
    """Return how many tenants there are, as a person would write it."""
    count = requirements.scale.tenants
    return "1 tenant" if count == 1 else f"{count} tenants"


def reads(requirements: Requirements) -> list[Access]:
    """Return the accesses that read."""
    return [access for access in requirements.workload if access.kind == "read"]


def write_share(requirements: Requirements) -> float:
    """Return which part of the workload's weight writes, from 0 to 1; 0 without a workload."""
    total = sum(access.weight for access in requirements.workload)
    return 1 - sum(access.weight for access in reads(requirements)) / total if total else 0.0


def regulated(requirements: Requirements) -> list[str]:
    """Return the rules on health and payment data that apply: those that auditors want to see separation for."""
    return [name for name in requirements.compliance if name in ("hipaa", "pci-dss")]
