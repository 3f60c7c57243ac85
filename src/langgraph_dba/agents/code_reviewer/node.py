"""The node of the code reviewer."""

from collections.abc import Callable, Mapping
from typing import Any

from langgraph_dba.agents.agent import NodeSettings
from langgraph_dba.agents.code_reviewer import AGENT
from langgraph_dba.agents.code_reviewer.case import Case, read_case
from langgraph_dba.agents.code_reviewer.verdict import ReviewVerdict, judge
from langgraph_dba.agents.kit import shared_results
from langgraph_dba.database import session_files
from langgraph_dba.findings import FORMULA
from langgraph_dba.findings.renderers import records
from langgraph_dba.handoffs.brief import Brief


def code_reviewer_node(settings: NodeSettings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the node of the code reviewer with the settings of a session."""
    return create_code_reviewer(threshold=settings.threshold)


def create_code_reviewer(*, threshold: int = 90, rounds: int = 2) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the reviewer as a team's node; it approves work with a score of at least `threshold` of 100.

    With a lower score, or if a claim is refuted, the work is returned to its owner with every finding; in round
    `rounds` it is escalated instead. The node writes `review.md` and `review.json`. It is deterministic.
    """

    def code_reviewer(turn: Mapping[str, Any]) -> dict[str, Any]:
        case = read_case(turn)
        verdict = judge(case, threshold=threshold, rounds=rounds)
        return {
            "handoffs": [_return(case, verdict)] if verdict.decision == "returned" else [],
            "messages": [verdict.sentence],
            "artifacts": {
                session_files.REVIEW_TEXT: verdict.to_markdown(),
                session_files.REVIEW: session_files.json_text(verdict.record()),
            },
            shared_results.CHANNEL: {"review": verdict.summary()},
            "summary": verdict.sentence,
            "decisions": [f"{verdict.decision}: {verdict.score} of 100"],
            "status": "escalated" if verdict.decision == "escalated" else "",
        }

    return code_reviewer


def _return(case: Case, verdict: ReviewVerdict) -> dict[str, Any]:
    count = f"{len(verdict.findings)} finding{'s' if len(verdict.findings) > 1 else ''}"
    brief = Brief(
        context=f"Round {case.round} scored {verdict.score} of 100 ({FORMULA}); {verdict.threshold} are needed.",
        vision_alignment="Work is done when it has no serious finding and no claim is refuted.",
        specific_task=f"Fix the {count} of the review and hand the work over again.",
        success_criteria=tuple(
            f"{f.severity} {f.rule}, {f.location}: {f.message}; {f.help}." for f in verdict.findings
        ),
        dependencies=(session_files.REVIEW_TEXT,),
        integration_points=(session_files.REVIEW, f"a ReviewRequest of round {case.round + 1} to {AGENT.name}"),
    )
    # Without a contract, because a return is not validated by one; the specialist reads `findings` and `round`.
    payload = {
        "findings": records(verdict.findings),
        "score": verdict.score,
        "round": case.round,
    }
    return {"to": case.owner, "kind": "return", "brief": brief.model_dump(), "payload": payload}
