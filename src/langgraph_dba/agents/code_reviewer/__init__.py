"""The code-reviewer: the gate. It scores a schema and its evidence, and passes, returns or escalates the work."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from langgraph_dba.agents.code_reviewer.case import Case, read_case
from langgraph_dba.agents.code_reviewer.verdict import Verdict, judge
from langgraph_dba.findings import FORMULA
from langgraph_dba.findings.renderers import records
from langgraph_dba.handoffs.brief import Brief

__all__ = ["NAME", "create_code_reviewer"]

NAME = "code-reviewer"
REPORT, RECORD = "review.md", "review.json"


def create_code_reviewer(*, threshold: int = 90, rounds: int = 2) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the reviewer as a team's node; it passes work from `threshold` points of 100 on.

    Below that, and wherever a claim is refuted, the work goes back to its owner with every finding; in round `rounds`
    it is escalated instead. The node writes `review.md` and `review.json`. Equal work gets an equal review.
    """

    def code_reviewer(turn: Mapping[str, Any]) -> dict[str, Any]:
        case = read_case(turn, _last_record(turn))
        verdict = judge(case, threshold=threshold, rounds=rounds)
        return {
            "handoffs": [_return(case, verdict)] if verdict.decision == "returned" else [],
            "messages": [verdict.sentence],
            "artifacts": {REPORT: verdict.to_markdown(), RECORD: json.dumps(verdict.record(), indent=2) + "\n"},
            "summary": verdict.sentence,
            "decisions": [f"{verdict.decision}: {verdict.score} of 100"],
            "status": "escalated" if verdict.decision == "escalated" else "",
        }

    return code_reviewer


def _last_record(turn: Mapping[str, Any]) -> Mapping[str, Any]:
    record: Mapping[str, Any] = json.loads((turn.get("artifacts") or {}).get(RECORD, "{}"))
    return record


def _return(case: Case, verdict: Verdict) -> dict[str, Any]:
    worst = f"{len(verdict.findings)} finding{'s' if len(verdict.findings) > 1 else ''}"
    brief = Brief(
        context=f"Round {case.round} scored {verdict.score} of 100 ({FORMULA}); {verdict.threshold} are needed.",
        vision_alignment="Work counts as done when nothing grave stands against it and no claim is refuted.",
        specific_task=f"Settle the {worst} of the review and hand the work over again.",
        success_criteria=tuple(
            f"{f.severity} {f.rule}, {f.location}: {f.message}; {f.help}." for f in verdict.findings
        ),
        dependencies=(REPORT,),
        integration_points=(RECORD, f"a ReviewRequest of round {case.round + 1} to {NAME}"),
    )
    payload = {
        "findings": records(verdict.findings),
        "score": verdict.score,
        "round": case.round,
    }
    return {"to": case.owner, "kind": "return", "brief": brief.model_dump(), "payload": payload}
