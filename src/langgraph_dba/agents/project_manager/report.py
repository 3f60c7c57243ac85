"""Write the report and the worklog of a session."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langgraph_dba.agents.kit.shared_results import coverage_in, schema_in
from langgraph_dba.database import session_files
from langgraph_dba.database.proofs.runner.rule_states import rule_states, state_counts, table_of
from langgraph_dba.database.request.coverage import coverage_line, coverage_table
from langgraph_dba.evidence import EvidenceSet, reason_lines
from langgraph_dba.handoffs.worklog import render_worklog


def write_report(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return `report.md` with the five sections, and `WORKLOG.md` from the log."""
    text = _report(view)
    return {
        "messages": [text],
        "artifacts": {
            session_files.REPORT: f"# Report\n\n{text}\n",
            session_files.WORKLOG: render_worklog(view["log"]),
            session_files.EVIDENCE: session_files.evidence_text(EvidenceSet(view.get("evidence") or ())),
        },
    }


def _report(view: Mapping[str, Any]) -> str:
    evidence = EvidenceSet(view.get("evidence") or ())
    handoffs: Sequence[Mapping[str, str]] = view.get("handoffs") or ()
    empty = list(view.get("empty") or ())
    done = list(dict.fromkeys(h["to"] for h in handoffs if h["state"] == "delivered"))
    refused = [
        f"{h['from']} → {h['to']}: {h['reason']}" for h in handoffs if h["state"] == "refused" and h["to"] not in empty
    ]
    stopped = [str(view.get("reason") or "the run did not finish")] if view.get("status") != "completed" else []
    counts = evidence.counts
    quality = [
        f"{counts.supported} of {counts.total} claims supported, {counts.refuted} refuted, {counts.not_run} not run"
    ]
    sections: tuple[tuple[str, Sequence[str]], ...] = (
        ("Completed", done),
        ("In Progress", []),  # the report runs after the last wave, so no agent is still running
        ("Blocked", [*stopped, *reason_lines(evidence.refuted), *refused]),
        ("Next Up", [*_idle(view), *reason_lines(evidence.not_run)]),
        ("Quality Status", quality),
    )
    text = "\n\n".join(f"## {title}\n\n{_bullets(items)}" for title, items in sections)
    schema = schema_in(view)
    states = rule_states(schema, evidence) if schema else []
    if states:
        text = f"## Business rules\n\n{state_counts(states)}.\n\n{table_of(states)}\n\n{text}"
    coverage = coverage_in(view, evidence)
    if coverage and (coverage.spans or coverage.absent):
        line = f"{coverage_line(coverage)}.\n\n" if coverage.spans else ""
        text = f"## Your request\n\n{line}{coverage_table(coverage)}\n\n{text}"
    return text


def _idle(view: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name}: no node yet" for name in view.get("empty") or ())
    yield from (f"{name}: not called" for name in view.get("not_called") or ())
    yield from (f"{name}: not called, no chain of handoffs leads to it" for name in view.get("unreachable") or ())


def _bullets(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "Nothing."
