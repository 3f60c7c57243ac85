"""The summary of ten lines that a session prints at its end."""

from typing import TYPE_CHECKING

from langgraph_dba.database import session_files
from langgraph_dba.database.proofs.runner.rule_states import RuleState, state_counts
from langgraph_dba.database.request.coverage import Coverage, coverage_line
from langgraph_dba.evidence import EvidenceSet, counts_by_engine, reason_lines

if TYPE_CHECKING:
    from langgraph_dba.graph.session.session_result import SessionResult

_WIDTH = 110


def ten_lines(result: "SessionResult") -> list[str]:
    """Return the summary: status, tables, decisions, claims by state, review, assumptions, and the next command."""
    summary, evidence = result.summary, EvidenceSet(result.evidence)
    tables, review = summary["schema"]["tables"], summary["review"]
    rules = [RuleState.model_validate(one) for one in summary["schema"]["rules"]]
    score = "none" if review["score"] is None else f"{review['score']}/100 after {review['rounds']} round(s)"
    status = result.status + (f": {summary['reason']}" if summary["reason"] else "")
    lines = {
        "Session": status,
        **_coverage_lines(summary["coverage"]),
        "Tables": f"{len(tables)}: {', '.join(tables)}",
        **({"Rules": state_counts(rules)} if rules else {}),
        "Decided": "; ".join(_decision(one) for one in summary["decisions"]) or "no critical decision",
        "Supported": counts_by_engine(evidence.supported) or "nothing",
        "Refuted": "; ".join(reason_lines(evidence.refuted)) or "nothing",
        "Not run": "; ".join(reason_lines(evidence.not_run)) or "nothing",
        "Review": score,
        "Assumed": f"{len(summary['assumptions'])} assumptions, listed in {result.out / session_files.REQUIREMENTS}",
        "Empty": ", ".join(summary["empty_chairs"]) or "no chair",
        **({"Not called": ", ".join(idle)} if (idle := summary["not_called"] + summary["unreachable"]) else {}),
        "Next": f"langgraph-dba prove {result.out}",
    }
    # Never cut off: the counterexample of a refuted claim, and the words that were not understood.
    return [f"{title:<10} {text if title in ('Refuted', 'Request') else _cut(text)}" for title, text in lines.items()]


def _coverage_lines(plain: dict[str, object] | None) -> dict[str, str]:
    coverage = Coverage.model_validate(plain) if plain else None
    return {"Request": coverage_line(coverage)} if coverage and coverage.spans else {}


def _decision(one: dict[str, object]) -> str:
    nominal = "n/a" if one["nominal"] is None else f"{one['nominal']} %"
    return f"{one['topic']}: {one['option'] or 'open'} ({one['level']}, nominal {nominal})"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
