"""Render a consultation as Markdown: requirements, the answer of each seat, the result, and the open steps.

Each text of a seat is written on one line, so that an answer cannot add a heading.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from langgraph_dba.agents.panel.panel import Section, SectionKind
from langgraph_dba.agents.panel.tally import evidence_of
from langgraph_dba.agents.panel.topics import Topic
from langgraph_dba.agents.panel.verdict import SeatReport, Verdict
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.evidence import Evidence

_ACTIONS = {
    "proceed": "proceed",
    "integrate": "proceed with the majority, and integrate the additions of the others",
    "synthesise": "synthesise",
    "escalate": "escalate to the database architect",
}
_Lines = Iterator[str]


def decision_markdown(
    consultations: Sequence[Verdict],
    requirements: Requirements,
    *,
    sections: Sequence[Section],
    topics: Iterable[Topic] = (),
) -> str:
    """Return the text of `decision.md`: all consultations of a session in order."""
    topics = tuple(topics)
    parts = [f"# Decisions: {_line(requirements.title)}"]
    if not consultations:
        parts.append("There was no critical decision for the panel.")
    parts += [
        consultation_markdown(verdict, requirements, sections=sections, topics=topics).rstrip()
        for verdict in consultations
    ]
    return "\n\n".join(parts) + "\n"


def consultation_markdown(
    verdict: Verdict, requirements: Requirements, *, sections: Sequence[Section], topics: Iterable[Topic] = ()
) -> str:
    """Return one consultation as a chapter with the panel's sections in order.

    The roadmap begins with the steps of the verdict's topic, if it is in `topics`.
    """
    steps = next((topic.steps for topic in topics if topic.name == verdict.topic), ())
    lines = [f"## {_line(verdict.question.text)} (`{verdict.topic}`)"]
    for number, section in enumerate(sections, start=1):
        lines += ["", f"### {number}. {section.title}", ""]
        if section.kind == "roadmap":
            lines += _roadmap(verdict, steps)
        else:
            lines += _WRITERS[section.kind](verdict, requirements, section)
    return "\n".join(lines) + "\n"


def _requirements(verdict: Verdict, requirements: Requirements, _: Section) -> _Lines:
    scale, tenancy = requirements.scale, requirements.tenancy
    yield f"- Question: {_line(verdict.question.text)}; options: {', '.join(verdict.question.options)}"
    yield f"- System: {_line(requirements.title)}, {len(requirements.entities)} entities"
    tenants = f"one `{tenancy.entity}` each, {scale.tenants} expected" if tenancy.entity else "none"
    yield f"- Tenants: {tenants}"
    rows = ", ".join(f"{count} of {name}" for name, count in scale.rows.items()) or "not stated"
    yield f"- Scale: rows {rows}; growth {scale.growth_per_year:.0%} a year"
    yield from (f"- Performance: {text}" for text in _accesses(requirements) or ["no workload was stated"])
    yield f"- Consistency: {len(requirements.relationships)} relationships, enforced by foreign keys"
    yield f"- Operations and compliance: {', '.join(requirements.compliance) or 'no regulation was named'}"
    yield from (f"- Assumption: {_line(text)}" for text in requirements.assumptions)


def _accesses(requirements: Requirements) -> list[str]:
    return [
        f"{access.name}: {access.kind} of {access.entity}, weight {access.weight:g}"
        + (f", within {access.service_level_ms:g} ms" if access.service_level_ms else "")
        for access in requirements.workload
    ]


def _seat(verdict: Verdict, _: Requirements, section: Section) -> _Lines:
    report = next((seat for seat in verdict.seats if seat.name == section.seat), None)
    if report is None:
        yield f"The panel had no seat {section.seat}."
        return
    yield f"Occupant: {_line(report.occupant)}{_kind_note(report)}"
    yield ""
    if report.decision is None:
        yield f"**Absent** after {_times(report.attempts)}: {_line(report.reason)}"
        return
    decision = report.decision
    yield f"- Option: **{_line(decision.option)}** ({decision.stance}); role in the result: {report.role}"
    yield from _listed("Why", [decision.rationale, decision.reason])
    yield from (f"- Parameter: {_line(name)} = {_line(str(value))}" for name, value in decision.parameters.items())
    for claim in decision.claims:
        how = f"checked by {_line(claim.check)}" if claim.check else "uncheckable"
        yield f"- Claim: {_line(claim.sentence)} ({how})"
    yield from (f"  - {_state(item)}" for item in evidence_of(decision, verdict.evidence))
    yield from _listed("Assumes", decision.assumptions)
    yield from _listed("Adds", decision.additions)


def _kind_note(report: SeatReport) -> str:
    if report.kind == "analyst":
        return " (a deterministic analyst, not a model)"
    return "" if report.kind == "model" else f" ({report.kind}, not a model known to this program)"


def _consensus(verdict: Verdict, _: Requirements, __: Section) -> _Lines:
    outcome = verdict.option or "no decision"
    yield f"**{_line(outcome)}** · level **{verdict.level}** · nominal {verdict.nominal_text} · {_calibrated(verdict)}"
    yield ""
    yield f"- Status: {verdict.status}; action: {_ACTIONS[verdict.action]}"
    yield f"- Level because: {_line(verdict.because)}"
    yield from _listed("Chosen", [verdict.chosen])
    yield from (f"- Parameter: {_line(name)} = {_line(str(value))}" for name, value in verdict.parameters.items())
    if verdict.nominal is None and any(seat.kind == "analyst" for seat in verdict.seats):
        yield "- The nominal percentage is n/a: it applies to models, and a seat was occupied by an analyst"
    if verdict.unproved:
        yield "- **Unproved**: no claim for it could be checked on an engine"
    if verdict.fallback:
        option = _line(verdict.fallback)
        yield f"- Default without a decision: {option}, the most conservative option left; the panel did not decide it"
    if verdict.ruling:
        yield f"- Ruling of {_line(verdict.ruling.by)}: {_line(verdict.ruling.option)}: {_line(verdict.ruling.reason)}"
    yield from _listed("Dissent", verdict.dissent)
    yield from _listed("Added", verdict.additions)
    yield from (f"- Evidence: {_line(item.claim)}: {_state(item)}" for item in verdict.evidence)


def _calibrated(verdict: Verdict) -> str:
    value = verdict.calibrated
    if value is None:
        return "not calibrated" if verdict.nominal is None else verdict.calibration
    return f"calibrated {value.mean:.0%} ({value.low:.0%} to {value.high:.0%}, n = {value.n})"


def _roadmap(verdict: Verdict, topic_steps: Sequence[str]) -> _Lines:
    # First, because the other steps depend on the decision.
    steps = [] if verdict.option else [f"Settle the question: {_ACTIONS['escalate']}"]
    steps += topic_steps
    steps += [f"Add: {_line(addition)}" for addition in verdict.additions]
    # A claim that ran on one engine is no open step because it could not run on another.
    decided = {item.claim for item in verdict.evidence if item.state != "not run"}
    for item in verdict.evidence:
        if item.claim not in decided:
            steps.append(f"Check the claim that could not be run here: {_line(item.claim)} ({_line(item.reason)})")
    steps += [f"Benchmark to repeat after every phase: {_line(text)}" for text in _benchmarks(verdict)]
    yield from (f"{number}. {step}" for number, step in enumerate(steps or ["No open steps"], start=1))


def _benchmarks(verdict: Verdict) -> list[str]:
    supported = (item for item in verdict.evidence if item.state == "supported")
    # Without duplicates: several claims may share one run of a check.
    return list(dict.fromkeys(f"{item.proof} on {item.engine}: {item.reason}" for item in supported))


def _risks(verdict: Verdict, _: Requirements, __: Section) -> _Lines:
    seats_by_risk: dict[str, list[str]] = {}
    for seat in verdict.seats:
        if seat.decision:
            for risk in seat.decision.risks:
                seats_by_risk.setdefault(f"{_line(risk)} (with {_line(seat.decision.option)})", []).append(seat.name)
    yield from (f"- {risk}: {', '.join(names)}" for risk, names in seats_by_risk.items())
    yield from (f"- Refuted: {_line(e.claim)}: {_line(e.reason)}" for e in verdict.evidence if e.state == "refuted")
    yield from (f"- Unknown: {_line(e.claim)}: not run" for e in verdict.evidence if e.state == "not run")
    yield from (f"- Missing answer: {seat.name} was absent" for seat in verdict.seats if seat.state == "absent")
    if not seats_by_risk and not verdict.evidence and all(seat.state == "answered" for seat in verdict.seats):
        yield "No seat named a risk."


_WRITERS: Mapping[SectionKind, Callable[[Verdict, Requirements, Section], _Lines]] = {
    "requirements": _requirements,
    "seat": _seat,
    "consensus": _consensus,
    "risks": _risks,
}


def _state(item: Evidence) -> str:
    where = f" on {item.engine} {item.receipt.version}".rstrip() if item.engine else ""
    return f"**{item.state}**{where}{': ' + _line(item.reason) if item.reason else ''}"


def _listed(label: str, texts: Iterable[str]) -> _Lines:
    yield from (f"- {label}: {_line(text)}" for text in texts if text.strip())


def _times(attempts: int) -> str:
    return "one attempt" if attempts == 1 else f"{attempts} attempts"


def _line(text: str) -> str:
    # Line breaks in an answer could otherwise start a heading or a list of their own.
    return " ".join(text.split())
