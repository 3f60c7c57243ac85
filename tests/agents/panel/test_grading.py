"""The levels: every row is reached, and the properties of the grading."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import (
    DATABASE_LEVELS,
    Ballot,
    Decision,
    Question,
    ScriptedSeat,
    SeatClaim,
    Verdict,
    grade,
)
from langgraph_dba.agents.panel.tally import checked_sentence
from langgraph_dba.errors import InputError
from langgraph_dba.evidence import Evidence, State
from langgraph_dba.handoffs.plain import plain

SEATS = ("Claude", "Gemini", "Codex")
OPTIONS = ("shared-schema", "schema-per-tenant", "database-per-tenant")
ANYBODY = ScriptedSeat()
PANEL = database_panel(claude=ANYBODY, gemini=ANYBODY, codex=ANYBODY)
CLAIM = SeatClaim(sentence="it holds", check="proof:tenant-isolation")

Said = Mapping[str, Any] | str | None  # a decision's fields, an option alone, or absence


def decision(said: Mapping[str, Any] | str, topic: str = "tenancy") -> Decision:
    fields = {"option": said} if isinstance(said, str) else dict(said)
    return Decision.model_validate({"topic": topic, "claims": [CLAIM], **fields})


def ballot(seat: str, said: Said, topic: str = "tenancy", kind: str = "scripted") -> Ballot:
    state = "absent" if said is None else "answered"
    found = None if said is None else decision(said, topic)
    return Ballot.model_validate(
        {"seat": seat, "occupant": "o", "kind": kind, "state": state, "reason": "late", "decision": found}
    )


def evidence(said: str | Mapping[str, Any], state: State, topic: str = "tenancy") -> Evidence:
    sentence = checked_sentence(decision(said, topic), CLAIM)
    return Evidence(claim=sentence, proof="tenant-isolation", engine="postgresql", state=state)


def graded(
    *said: Said, found: Sequence[Evidence] = (), topic: str = "tenancy", effects: Mapping[str, str] | None = None
) -> Verdict:
    ballots = [ballot(seat, what, topic) for seat, what in zip(SEATS, said, strict=True)]
    return grade(Question(topic=topic), ballots, found, PANEL, effects=effects)


def refuted(*options: str) -> list[Evidence]:
    return [evidence(option, "refuted") for option in options]


A, B, C = OPTIONS
BLOCK = {"option": A, "stance": "block", "reason": "rows would be lost"}


@pytest.mark.parametrize(
    ("said", "found", "level", "nominal", "option"),
    [
        ((None, None, None), [], "insufficient", None, None),
        ((A, None, None), [], "insufficient", None, None),
        ((A, A, BLOCK), [], "conflicting", 50, None),
        ((A, A, A), refuted(A), "conflicting", 50, None),
        ((A, A, None), refuted(A), "conflicting", 50, None),
        ((A, A, A), [], "unanimous", 99, A),
        ((B, A, B), [], "majority", 90, B),
        ((B, None, B), [], "majority", 90, B),
        ((B, A, B), refuted(A), "majority", 90, B),
        ((A, B, C), [], "split", 75, A),
        ((None, B, C), [], "split", 75, B),
        ((C, A, A), [evidence(C, "supported")], "split", 75, C),
        ((C, A, A), [*refuted(A), evidence(C, "supported")], "split", 75, C),
        ((C, A, A), refuted(A), "conflicting", 50, None),
        ((A, B, C), refuted(A), "conflicting", 50, None),
        ((A, B, None), refuted(A, B), "conflicting", 50, None),
    ],
)
def test_every_row_of_the_table(
    said: tuple[Said, ...], found: list[Evidence], level: str, nominal: int | None, option: str | None
) -> None:
    verdict = graded(*said, found=found)

    assert (verdict.level, verdict.nominal, verdict.option) == (level, nominal, option)
    assert verdict.status == ("proceed" if option else "escalated")


def test_the_rows_above_reach_every_level_of_the_table() -> None:
    assert [level.nominal for level in DATABASE_LEVELS] == [None, 50, 50, 99, 90, 75, 50]
    causes = [
        graded(A, None, None), graded(A, A, BLOCK), graded(A, A, A, found=refuted(A)), graded(A, A, A),
        graded(A, A, B), graded(A, B, C), graded(A, B, C, found=refuted(A)),
    ]  # fmt: skip
    assert [cause.because.split(";")[0] for cause in causes] == [level.when for level in DATABASE_LEVELS]


def test_data_loss_is_a_veto_with_the_name_of_the_seat() -> None:
    verdict = graded(A, A, {"option": A, "data_loss": True, "reason": "drops a column in use"})

    assert (verdict.level, verdict.status) == ("conflicting", "escalated")
    assert "Codex expects data loss: drops a column in use" in verdict.because


def test_a_third_that_accepts_complements_and_its_additions_are_taken() -> None:
    verdict = graded(A, A, {"option": B, "stance": "accept", "additions": ["rehearse a restore"]})

    assert verdict.additions == ("rehearse a restore",)
    assert [seat.role for seat in verdict.seats] == ["agrees", "agrees", "complements"]
    assert verdict.dissent == ()


def test_a_third_that_dissents_is_shown_and_not_mixed_in() -> None:
    verdict = graded(A, A, {"option": B, "additions": ["one schema each"], "rationale": "auditors ask"})

    assert verdict.additions == ()
    assert verdict.dissent == (f"Codex would choose {B}: auditors ask",)


def test_two_live_seats_say_that_they_reach_a_majority_at_most() -> None:
    verdict = graded(A, A, None)

    assert verdict.level == "majority"
    assert "Codex is absent (late)" in verdict.because
    assert "two seats reach at most a majority" in verdict.because


def test_options_with_one_effect_are_one_decision_with_the_more_conservative_name() -> None:
    effects = {"workload": "same", "workload-covering": "same", "foreign-keys": "less"}

    verdict = graded("workload-covering", "workload", "workload", topic="index-design", effects=effects)

    assert (verdict.level, verdict.option) == ("unanimous", "workload")


def test_decisions_are_compared_by_option_and_parameters_never_by_prose() -> None:
    first = {"option": "range", "parameters": {"by": "Month ", "keep": 12.0}, "rationale": "x"}
    same = {"option": "range", "parameters": {"keep": 12, "by": "month"}, "rationale": "entirely different"}
    other = {"option": "range", "parameters": {"by": "day", "keep": 12}, "rationale": "x"}

    assert graded(first, same, same, topic="partitioning").level == "unanimous"
    assert graded(first, same, other, topic="partitioning").level == "majority"


def test_a_split_becomes_a_hybrid_only_if_the_topic_combines_the_options() -> None:
    together = graded("read-replicas", "sharding", None, topic="scaling")
    apart = graded("sharding", "clustering", None, topic="scaling")

    assert together.option == "read-replicas+sharding"
    assert apart.option == "sharding"
    assert "exclude each other" in apart.chosen


def test_a_split_without_a_hybrid_is_settled_by_evidence() -> None:
    verdict = graded(A, B, C, found=[evidence(B, "supported"), evidence(A, "not run")])

    assert (verdict.level, verdict.option) == ("split", B)
    assert verdict.chosen.startswith("by evidence")


def test_evidence_that_was_not_run_refutes_nothing_and_the_verdict_is_unproved() -> None:
    verdict = graded(A, A, A, found=[evidence(A, "not run")])

    assert verdict.level == "unanimous"
    assert verdict.unproved
    assert not graded(A, A, A, found=[evidence(A, "supported")]).unproved


def test_without_a_decision_the_most_conservative_that_stands_is_marked_as_fallback() -> None:
    verdict = graded(C, B, A, found=refuted(A))

    assert (verdict.option, verdict.fallback) == (None, B)
    assert graded(None, None, None).fallback is None
    assert graded(A, A, A).fallback is None


def test_an_analyst_in_any_seat_takes_the_percentage_away() -> None:
    ballots = [ballot("Claude", A), ballot("Gemini", A), ballot("Codex", A, kind="analyst")]

    verdict = grade(Question(topic="tenancy"), ballots, [], PANEL)

    assert (verdict.level, verdict.nominal, verdict.nominal_text) == ("unanimous", None, "n/a")


def test_a_seat_without_a_ballot_is_absent_and_a_second_ballot_is_an_error() -> None:
    ballots = [ballot("Claude", A), ballot("Gemini", A)]

    verdict = grade(Question(topic="tenancy"), ballots, [], PANEL)

    assert (verdict.level, verdict.seats[2].reason) == ("majority", "gave no ballot")
    with pytest.raises(ValueError, match="two ballots"):
        grade(Question(topic="tenancy"), [*ballots, ballots[0]], [], PANEL)
    with pytest.raises(ValueError, match="no seat 'Mistral'"):
        grade(Question(topic="tenancy"), [ballot("Mistral", A)], [], PANEL)


def test_levels_without_a_last_row_that_always_applies_are_an_input_error() -> None:
    panel = replace(PANEL, levels=DATABASE_LEVELS[:1])

    with pytest.raises(InputError, match="no level of the panel applies"):
        grade(Question(topic="tenancy"), [ballot(seat, A) for seat in SEATS], [], panel)


# -- properties -------------------------------------------------------------------------------------------------------

STANCES = st.sampled_from(["recommend", "accept", "block"])
SAID = st.none() | st.builds(
    lambda option, stance, additions: {"option": option, "stance": stance, "reason": "why", "additions": additions},
    st.sampled_from(OPTIONS),
    STANCES,
    st.lists(st.sampled_from(["one", "two"]), max_size=2),
)
BALLOTS = st.tuples(SAID, SAID, SAID)
PEACEFUL = st.tuples(*[SAID.filter(lambda said: said is None or said["stance"] != "block")] * 3)
POSSIBLE: list[State | None] = ["supported", "refuted", "not run", None]
STATES = st.sampled_from(POSSIBLE)
FOUND = st.tuples(STATES, STATES, STATES).map(
    lambda states: [evidence(option, state) for option, state in zip(OPTIONS, states, strict=True) if state]
)
RANK = {"insufficient": 0, "conflicting": 1, "split": 2, "majority": 3, "unanimous": 4}


@given(BALLOTS, FOUND)
def test_the_order_of_ballots_and_evidence_does_not_matter(said: tuple[Said, ...], found: list[Evidence]) -> None:
    ballots = [ballot(seat, what) for seat, what in zip(SEATS, said, strict=True)]

    verdicts = [grade(Question(topic="tenancy"), order, found[::-1], PANEL) for order in permutations(ballots)]

    assert all(verdict == grade(Question(topic="tenancy"), ballots, found, PANEL) for verdict in verdicts)


@given(BALLOTS, FOUND)
def test_a_veto_cannot_be_outvoted(said: tuple[Any, ...], found: list[Evidence]) -> None:
    verdict = graded({**BLOCK, "option": C}, *said[1:], found=found)

    assert verdict.status == "escalated"
    assert verdict.option is None


@given(BALLOTS, FOUND)
def test_two_live_seats_never_exceed_a_majority(said: tuple[Said, ...], found: list[Evidence]) -> None:
    verdict = graded(None, *said[1:], found=found)

    assert RANK[verdict.level] <= RANK["majority"]
    assert verdict.nominal != 99


@given(BALLOTS, FOUND)
def test_a_refuted_decision_never_wins(said: tuple[Said, ...], found: list[Evidence]) -> None:
    out = {option for option in OPTIONS if evidence(option, "refuted") in found}

    verdict = graded(*said, found=found)

    assert verdict.option not in out
    assert verdict.fallback not in out


@given(PEACEFUL, FOUND)
def test_evidence_for_the_chosen_option_never_worsens_choice_or_level(
    said: tuple[Said, ...], found: list[Evidence]
) -> None:
    before = graded(*said, found=found)
    if before.option is None:
        return

    unproved = evidence(before.option, "not run")
    after = graded(*said, found=[item for item in found if item != unproved] + [evidence(before.option, "supported")])

    assert after.option == before.option
    assert RANK[after.level] >= RANK[before.level]


@given(BALLOTS, FOUND)
def test_a_verdict_is_plain_data_and_reads_back(said: tuple[Said, ...], found: list[Evidence]) -> None:
    verdict = graded(*said, found=found)

    assert Verdict.model_validate(plain(verdict)) == verdict
    assert (verdict.option is None) == (verdict.status == "escalated")
