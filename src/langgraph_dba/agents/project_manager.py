"""The project-manager: from a request to domains, from domains to briefs, and at the end the report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_dba.agents.inbox import may_reach
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.worklog import render_worklog

NAME = "project-manager"


@dataclass(frozen=True, slots=True)
class Domain:
    """One field of work: whose it is, when a request touches it, and what is asked then."""

    agent: str
    title: str
    touched: Callable[[Requirements], bool]
    task: str
    criteria: tuple[str, ...]
    after: tuple[str, ...] = ()


def _always(_: Requirements) -> bool:
    return True


def _sensitive(requirements: Requirements) -> bool:
    personal = any(attribute.personal for entity in requirements.entities for attribute in entity.attributes)
    return bool(requirements.compliance) or personal or requirements.tenancy.model != "none"


def _hurried(requirements: Requirements) -> bool:
    return any(access.service_level_ms for access in requirements.workload)


# In the order of work. Whose chair is empty is for the team to say: the brief is written all the same.
DOMAINS: tuple[Domain, ...] = (
    Domain(
        "database-specialist",
        "schema",
        _always,
        "Design the schema, have it decided what is critical, and prove it on every engine.",
        ("Nothing is refuted on any engine.", "Every claim that was not run says why."),
    ),
    Domain(
        "test-engineer",
        "tests",
        _always,
        "Write a test for each rule of the schema, before anything is built on it.",
        ("Each test fails for its own rule against the bare schema.", "All pass against the real one."),
        after=("database-specialist",),
    ),
    Domain(
        "backend-specialist",
        "models",
        _always,
        "Write models and a first migration from the schema.",
        ("Created from either, the catalogue equals the schema's.",),
        after=("database-specialist", "test-engineer"),
    ),
    Domain(
        "performance-optimizer",
        "service levels",
        _hurried,
        "Check the workload against its service levels.",
        ("Each access meets its service level, or it is said which does not.",),
        after=("database-specialist",),
    ),
    Domain(
        "security-auditor",
        "isolation and personal data",
        _sensitive,
        "Audit how tenants are kept apart and personal data is held.",
        ("No finding is critical.",),
        after=("database-specialist",),
    ),
    Domain(
        "code-reviewer",
        "review",
        _always,
        "Review what was designed and built.",
        ("The score reaches the gate.",),
        after=("database-specialist", "test-engineer", "backend-specialist"),
    ),
)


def project_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Split the requirements of a turn into domains and hand a brief to each one's agent, where the team has one."""
    requirements = Requirements.model_validate(turn["requirements"])
    wanted = [domain for domain in DOMAINS if domain.touched(requirements)]
    touched = [domain for domain in wanted if may_reach(turn, domain.agent)]
    left = ", ".join(domain.title for domain in wanted if domain not in touched)
    handoffs = [{"to": domain.agent, "brief": _brief(domain, requirements, touched).model_dump()} for domain in touched]
    titles = ", ".join(domain.title for domain in touched)
    summary = f"{requirements.title}: {len(touched)} domains ({titles})."
    return {"handoffs": handoffs, "summary": summary, "gotcha": f"not handed on by this team: {left}" if left else ""}


def _brief(domain: Domain, requirements: Requirements, touched: Sequence[Domain]) -> Brief:
    entities = ", ".join(entity.name for entity in requirements.entities)
    others = tuple(f"{other.agent}: {other.title}" for other in touched if other is not domain)
    return Brief(
        context=f"{requirements.request or requirements.title}\n\nEntities: {entities}.",
        vision_alignment=f"{requirements.title}: what is handed on is proved, and what is not proved says so.",
        specific_task=domain.task,
        success_criteria=domain.criteria,
        dependencies=domain.after,
        integration_points=others,
    )


def report(view: Mapping[str, Any]) -> dict[str, Any]:
    """Close a run: `report.md` with the five states, and `WORKLOG.md` from the log."""
    text = _report(view)
    return {
        "messages": [text],
        "artifacts": {"report.md": f"# Report\n\n{text}\n", "WORKLOG.md": render_worklog(view["log"])},
    }


def _report(view: Mapping[str, Any]) -> str:
    evidence: Sequence[Mapping[str, Any]] = view.get("evidence") or ()
    handoffs: Sequence[Mapping[str, str]] = view.get("handoffs") or ()
    empty = list(view.get("empty") or ())
    done = list(dict.fromkeys(h["to"] for h in handoffs if h["state"] == "delivered"))
    refused = [
        f"{h['from']} → {h['to']}: {h['reason']}" for h in handoffs if h["state"] == "refused" and h["to"] not in empty
    ]
    refuted = [f"{e['proof']} on {e['engine']}: {e['reason']}" for e in evidence if e["state"] == "refuted"]
    unproved = [e for e in evidence if e["state"] == "not run"]
    # the panel may have asked what a proof asks again
    waiting = list(dict.fromkeys(f"{e['proof']} on {e['engine']}: {e['reason']}" for e in unproved))
    stopped = [str(view.get("reason") or "the run did not finish")] if view.get("status") != "completed" else []
    supported = sum(e["state"] == "supported" for e in evidence)
    quality = [f"{supported} of {len(evidence)} claims supported, {len(refuted)} refuted, {len(unproved)} not run"]
    sections: tuple[tuple[str, Sequence[str]], ...] = (
        ("Completed", done),
        ("In Progress", []),
        ("Blocked", [*stopped, *refuted, *refused]),
        ("Next Up", [*(f"{name} has no one in its chair yet" for name in empty), *waiting]),
        ("Quality Status", quality),
    )
    return "\n\n".join(f"## {title}\n\n{_bullets(items)}" for title, items in sections)


def _bullets(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "Nothing."
