"""The ten lines with which a session ends."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from langgraph_dba.database import session_files
from langgraph_dba.evidence import Evidence

if TYPE_CHECKING:
    from langgraph_dba.graph.session_result import SessionResult

_WIDTH = 110


def ten_lines(result: "SessionResult") -> list[str]:
    """Return what a person wants to know: tables, decisions, states of the claims, assumptions, the next command."""
    summary, evidence = result.summary, result.evidence
    tables, review = summary["schema"]["tables"], summary["review"]
    score = "none" if review["score"] is None else f"{review['score']}/100 after {review['rounds']} round(s)"
    status = result.status + (f": {summary['reason']}" if summary["reason"] else "")
    lines = {
        "Session": status,
        "Tables": f"{len(tables)}: {', '.join(tables)}",
        "Decided": "; ".join(_decision(one) for one in summary["decisions"]) or "nothing was critical",
        "Supported": _by_engine(one for one in evidence if one.state == "supported"),
        "Refuted": _reasons(one for one in evidence if one.state == "refuted"),
        "Not run": _reasons(one for one in evidence if one.state == "not run"),
        "Review": score,
        "Assumed": f"{len(summary['assumptions'])} things, listed in {result.out / session_files.REQUIREMENTS}",
        "Empty": ", ".join(summary["empty_chairs"]) or "no chair",
        **({"Not called": ", ".join(idle)} if (idle := summary["not_called"] + summary["unreachable"]) else {}),
        "Next": f"langgraph-dba prove {result.out}",
    }
    return [f"{title:<10} {text if title == 'Refuted' else _cut(text)}" for title, text in lines.items()]


def _decision(one: dict[str, object]) -> str:
    nominal = "n/a" if one["nominal"] is None else f"{one['nominal']} %"
    return f"{one['topic']}: {one['option'] or 'open'} ({one['level']}, nominal {nominal})"


def _by_engine(found: Iterable[Evidence]) -> str:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.engine] = counts.get(one.engine, 0) + 1
    return ", ".join(f"{count} claims on {engine}" for engine, count in counts.items()) or "nothing"


def _reasons(found: Iterable[Evidence]) -> str:
    return "; ".join(dict.fromkeys(f"{one.proof} on {one.engine}: {one.reason}" for one in found)) or "nothing"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
