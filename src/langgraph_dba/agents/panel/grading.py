"""Grade a panel's ballots: a pure function of the ballots, the evidence and the panel."""

from collections.abc import Iterator, Sequence

from langgraph_dba.agents.panel.choose_option import ChosenOption, choose, fallback, role_of
from langgraph_dba.agents.panel.decision import Ballot, Question
from langgraph_dba.agents.panel.levels import Level
from langgraph_dba.agents.panel.panel import Panel
from langgraph_dba.agents.panel.tally import Effects, Tally, count_ballots, evidence_of
from langgraph_dba.agents.panel.topics import complete, topic_named
from langgraph_dba.agents.panel.verdict import NOT_CALIBRATED, Role, SeatReport, Verdict
from langgraph_dba.errors import InputError
from langgraph_dba.evidence import Evidence
from langgraph_dba.handoffs.plain import plain


def grade(
    question: Question,
    ballots: Sequence[Ballot],
    evidence: Sequence[Evidence],
    panel: Panel,
    *,
    effects: Effects | None = None,
) -> Verdict:
    """Return the verdict; the order of `ballots` and `evidence` does not matter.

    `effects` maps options to their effect on an engine: options with equal effects count as one decision. A seat
    without a ballot is absent. Raises ValueError for two ballots of one seat, or for a seat that is not in the panel.
    """
    question, topic = complete(question, panel.topics), topic_named(question.topic, panel.topics)
    cast = _by_seat(ballots, panel)
    counted = count_ballots(list(cast.values()), evidence, topic, len(panel.seats), effects or {})
    level = _level(counted, panel)
    choice = choose(counted, level.action, topic)
    roles = {voter.seat: role_of(voter, choice, topic) for voter in counted.live}
    standing = [(roles[voter.seat], voter.decision) for voter in counted.standing]
    nominal = _nominal(level, cast)
    return Verdict(
        question=question,
        topic=topic.name,
        option=choice.option,
        parameters=choice.parameters,
        level=level.name,
        nominal=nominal,
        calibration=NOT_CALIBRATED if nominal is not None else "not calibrated: a level without a nominal value",
        action=level.action,
        status="escalated" if level.action == "escalate" else "proceed",
        because="; ".join((level.when, *_circumstances(counted, cast))),
        chosen=choice.how,
        fallback=fallback(counted, topic) if choice.option is None else None,
        unproved=_unproved(counted, choice, evidence),
        dissent=tuple(_dissent(counted, roles)),
        additions=panel.merge(standing),
        seats=tuple(_report(cast[seat.name], roles) for seat in panel.seats),
        # Sorted, because proofs run in parallel and finish in any order.
        evidence=tuple(sorted(evidence, key=lambda item: (item.claim, item.proof, item.engine))),
    )


def _level(counted: Tally, panel: Panel) -> Level:
    for level in panel.levels:
        if level.holds(counted):
            return level
    raise InputError("no level of the panel applies: its last row must apply always, as `levels.otherwise` does")


def _by_seat(ballots: Sequence[Ballot], panel: Panel) -> dict[str, Ballot]:
    cast = {ballot.seat: ballot for ballot in ballots}
    if len(cast) < len(ballots):
        raise ValueError("a seat has two ballots")
    seats = {seat.name: seat for seat in panel.seats}
    if unknown := sorted(cast.keys() - seats.keys()):
        raise ValueError(f"the panel has no seat {unknown[0]!r}: it has {', '.join(seats)}")
    # A missing ballot is recorded as an absent seat, so that the verdict lists every seat.
    for name in seats.keys() - cast.keys():
        occupant, kind = seats[name].occupant, seats[name].kind
        cast[name] = Ballot(
            seat=name, occupant=occupant, kind=kind, state="absent", reason="gave no ballot", attempts=0
        )
    return cast


def _nominal(level: Level, cast: dict[str, Ballot]) -> int | None:
    """Return the level's percentage, or None if an analyst is in a seat."""
    # The percentages were stated for models; they do not apply to deterministic rules.
    analysts = any(ballot.kind == "analyst" for ballot in cast.values())
    return None if analysts else level.nominal


def _circumstances(tally: Tally, cast: dict[str, Ballot]) -> Iterator[str]:
    for voter in tally.vetoes:
        what = "blocks" if voter.decision.stance == "block" else "expects data loss"
        yield f"{voter.seat} {what}: {voter.decision.reason}"
    absent = sorted(name for name, ballot in cast.items() if ballot.decision is None)
    yield from (f"{name} is absent ({cast[name].reason})" for name in absent)
    yield from (f"{voter.seat}'s decision is refuted" for voter in tally.refuted)
    if len(tally.live) == 2 and tally.seats > 2:  # noqa: PLR2004  two of three are never unanimous
        yield "two seats reach at most a majority"


def _unproved(tally: Tally, choice: ChosenOption, evidence: Sequence[Evidence]) -> bool:
    """Return whether no engine checked a claim of the seats with the chosen option (of all, without one)."""
    voters = [voter for voter in tally.live if voter.seat in choice.seats] or tally.live
    states = {item.state for voter in voters for item in evidence_of(voter.decision, evidence)}
    return not states & {"supported", "refuted"}


def _dissent(tally: Tally, roles: dict[str, Role]) -> Iterator[str]:
    for voter in tally.live:
        if roles[voter.seat] in ("dissents", "refuted"):
            why = voter.decision.reason or voter.decision.rationale
            refuted = " (refuted)" if roles[voter.seat] == "refuted" else ""
            yield f"{voter.seat} would choose {voter.decision.option}{refuted}{': ' + why if why else ''}"


def _report(ballot: Ballot, roles: dict[str, Role]) -> SeatReport:
    fields = {**plain(ballot), "name": ballot.seat, "role": roles.get(ballot.seat, "absent")}
    del fields["seat"]
    return SeatReport.model_validate(fields)
