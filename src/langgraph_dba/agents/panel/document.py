"""Write a consultation down: what was required, what each seat said and who sat there, what came of it, what remains.

Texts that came from a seat are quoted on one line each, so that no answer can add a heading of its own.
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
    "integrate": "proceed with the majority, and integrate what the others add",
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
    """Return `decision.md`: every consultation of a session, one after the other."""
    topics = tuple(topics)
    parts = [f"# Decisions: {_line(requirements.title)}"]
    if not consultations:
        parts.append("No critical decision had to be put to the panel.")
    parts += [
        consultation_markdown(verdict, requirements, sections=sections, topics=topics).rstrip()
        for verdict in consultations
    ]
    return "\n\n".join(parts) + "\n"


def consultation_markdown(
    verdict: Verdict, requirements: Requirements, *, sections: Sequence[Section], topics: Iterable[Topic] = ()
) -> str:
    """Return one consultation as a chapter with the panel's sections in their order.

    The roadmap begins with the steps of the verdict's topic, if `topics` has it.
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
    yield f"- Asked: {_line(verdict.question.text)}; answers: {', '.join(verdict.question.options)}"
    yield f"- System: {_line(requirements.title)}, {len(requirements.entities)} entities"
    tenants = f"one `{tenancy.entity}` each, {scale.tenants} expected" if tenancy.entity else "none"
    yield f"- Tenants: {tenants}"
    rows = ", ".join(f"{count} of {name}" for name, count in scale.rows.items()) or "not stated"
    yield f"- Scale: rows {rows}; growth {scale.growth_per_year:.0%} a year"
    yield from (f"- Performance: {text}" for text in _accesses(requirements) or ["no workload was stated"])
    yield f"- Consistency: {len(requirements.relationships)} relationships, kept by foreign keys"
    yield f"- Operations and compliance: {', '.join(requirements.compliance) or 'no rule was named'}"
    yield from (f"- Assumed: {_line(text)}" for text in requirements.assumptions)


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
    yield f"In the seat: {_line(report.occupant)}{_kind_note(report)}"
    yield ""
    if report.decision is None:
        yield f"**Absent** after {_times(report.attempts)}: {_line(report.reason)}"
        return
    decision = report.decision
    yield f"- Would choose **{_line(decision.option)}** ({decision.stance}); beside the result it {report.role}"
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
        yield "- The nominal percentage is n/a: it was stated for models, and an analyst sat in a seat"
    if verdict.unproved:
        yield "- **Unproved**: no claim behind it could be checked on an engine"
    if verdict.fallback:
        option = _line(verdict.fallback)
        yield f"- To go on without a decision: {option}, the most conservative that stands. Nobody chose it"
    if verdict.ruling:
        yield f"- Ruling of {_line(verdict.ruling.by)}: {_line(verdict.ruling.option)}: {_line(verdict.ruling.reason)}"
    yield from _listed("Dissent", verdict.dissent)
    yield from _listed("Added", verdict.additions)
    yield from (f"- Evidence: {_line(item.claim)}: {_state(item)}" for item in verdict.evidence)


def _calibrated(verdict: Verdict) -> str:
    found = verdict.calibrated
    if found is None:
        return "not calibrated" if verdict.nominal is None else verdict.calibration
    return f"calibrated {found.mean:.0%} ({found.low:.0%} to {found.high:.0%}, n = {found.n})"


def _roadmap(verdict: Verdict, topic_steps: Sequence[str]) -> _Lines:
    steps = [] if verdict.option else [f"Settle the question: {_ACTIONS['escalate']}"]
    steps += topic_steps
    steps += [f"Add: {_line(addition)}" for addition in verdict.additions]
    shown = {item.claim for item in verdict.evidence if item.state != "not run"}
    for item in verdict.evidence:
        if item.claim not in shown:
            steps.append(f"Check what could not be run here: {_line(item.claim)} ({_line(item.reason)})")
    steps += [f"Benchmark to repeat after every phase: {_line(text)}" for text in _benchmarks(verdict)]
    yield from (f"{number}. {step}" for number, step in enumerate(steps or ["Nothing remains to be done"], start=1))


def _benchmarks(verdict: Verdict) -> list[str]:
    supported = (item for item in verdict.evidence if item.state == "supported")
    return list(dict.fromkeys(f"{item.proof} on {item.engine}: {item.reason}" for item in supported))


def _risks(verdict: Verdict, _: Requirements, __: Section) -> _Lines:
    held: dict[str, list[str]] = {}
    for seat in verdict.seats:
        if seat.decision:
            for risk in seat.decision.risks:
                held.setdefault(f"{_line(risk)} (with {_line(seat.decision.option)})", []).append(seat.name)
    yield from (f"- {risk}: {', '.join(names)}" for risk, names in held.items())
    yield from (f"- Refuted: {_line(e.claim)}: {_line(e.reason)}" for e in verdict.evidence if e.state == "refuted")
    yield from (f"- Unknown: {_line(e.claim)}: not run" for e in verdict.evidence if e.state == "not run")
    yield from (f"- Unheard: {seat.name} was absent" for seat in verdict.seats if seat.state == "absent")
    if not held and not verdict.evidence and all(seat.state == "answered" for seat in verdict.seats):
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
    return " ".join(text.split())
