"""Shared by the analysts: reading the view of a seat, and the claims and risks of each option."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from langgraph_dba.agents.panel.decision import Decision, Question, SeatClaim
from langgraph_dba.agents.panel.seat import Abstention, SeatView
from langgraph_dba.database.requirements.model import Access, Requirements
from langgraph_dba.errors import RequirementsError

# By option and not by analyst: the claims are about the design, not about the reasons for it.
CLAIMS: Mapping[str, tuple[SeatClaim, ...]] = {
    "shared-schema": (SeatClaim(sentence="no tenant sees or changes another's rows", check="proof:tenant-isolation"),),
    "schema-per-tenant": (
        SeatClaim(sentence="one catalogue bears a copy of the tables for each tenant", check="catalogue-size"),
    ),
    # Without a check: that depends on the deployment, not on the schema.
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
Answers = Mapping[str, Callable[[Requirements, Question, SeatView], Decision]]


def answer_by_topic(view: SeatView, answers: Answers) -> Decision | Abstention:
    """Answer by topic, or abstain; RequirementsError if the requirements are invalid."""
    question = Question.model_validate(view["question"])
    if question.topic not in answers:
        return Abstention(f"the analysts do not answer this topic, only {', '.join(_TOPICS)}")
    try:
        requirements = Requirements.model_validate(view.get("requirements") or {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RequirementsError(f"the requirements are invalid: {where}: {first['msg']}") from None
    return answers[question.topic](requirements, question, view)


def decision(question: Question, option: str, rationale: str, *, risks: Iterable[str] = (), **fields: Any) -> Decision:
    """Return a decision with the claims and risks of its option, the risks in `risks`, and the other fields."""
    own = {"claims": CLAIMS.get(option, ()), "risks": (*RISKS.get(option, ()), *risks)}
    return Decision.model_validate({"topic": question.topic, "option": option, "rationale": rationale, **own, **fields})


def tenants_of(requirements: Requirements) -> str:
    """Return the number of tenants as text."""
    count = requirements.scale.tenants
    return "1 tenant" if count == 1 else f"{count} tenants"


def reads(requirements: Requirements) -> list[Access]:
    """Return the accesses that read."""
    return [access for access in requirements.workload if access.kind == "read"]


def write_share(requirements: Requirements) -> float:
    """Return the share of writes in the workload's weight, from 0 to 1; 0 without a workload."""
    total = sum(access.weight for access in requirements.workload)
    return 1 - sum(access.weight for access in reads(requirements)) / total if total else 0.0


def strict_regulations(requirements: Requirements) -> list[str]:
    """Return the regulations on health and payment data that apply: auditors require separation for these."""
    return [name for name in requirements.compliance if name in ("hipaa", "pci-dss")]
