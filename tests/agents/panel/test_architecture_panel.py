"""Panels are data: one with two seats and its own levels, and one that merges the controls of all seats."""

import pytest

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import (
    DATABASE_LEVELS,
    Ballot,
    Decision,
    Level,
    Panel,
    Question,
    ScriptedSeat,
    Seat,
    Section,
    Topic,
    grade,
)
from langgraph_dba.agents.panel.choose_option import union
from langgraph_dba.agents.panel.levels import has_veto, otherwise, too_few
from langgraph_dba.agents.panel.tally import Tally
from langgraph_dba.errors import InputError


def seat(name: str) -> Seat:
    return Seat(name, "architecture", "Judge the plan.", ("requirements",), ScriptedSeat(), "scripted", "scripted")


def agree(tally: Tally) -> bool:
    return len(tally.clusters) == 1


def one_accepts(tally: Tally) -> bool:
    return any(voter.decision.stance == "accept" for voter in tally.standing)


ARCHITECTURE = Panel(
    seats=(seat("Claude"), seat("Gemini")),
    levels=(
        Level("low", 60, too_few, "escalate", "one opinion is no consensus"),
        Level("conflicting", 40, has_veto, "escalate", "a seat vetoes"),
        Level("high", 95, agree, "proceed", "both say the same"),
        Level("moderate", 85, one_accepts, "synthesise", "they differ, and one would live with the other"),
        Level("conflicting", 40, otherwise, "escalate", "they differ"),
    ),
    merge=union,
    sections=(Section("Plan", "consensus"),),
    topics=(Topic("service-cut", "architecture", "How services are cut", ("monolith", "modules", "services")),),
)


def ballots(*said: tuple[str, str] | None) -> list[Ballot]:
    result = []
    for chair, what in zip(ARCHITECTURE.seats, said, strict=True):
        decision = what and Decision(
            topic="service-cut", option=what[0], stance="accept" if what[1] == "accept" else "recommend",
            additions=(f"{chair.name} adds",),
        )  # fmt: skip
        state = "answered" if decision else "absent"
        fields = {"seat": chair.name, "occupant": "o", "kind": "scripted", "state": state, "decision": decision}
        result.append(Ballot.model_validate(fields))
    return result


@pytest.mark.parametrize(
    ("said", "level", "nominal", "option"),
    [
        ((("modules", "recommend"), ("modules", "recommend")), "high", 95, "modules"),
        ((("modules", "recommend"), ("services", "accept")), "moderate", 85, "modules"),
        ((("modules", "recommend"), None), "low", 60, None),
        ((("modules", "recommend"), ("services", "recommend")), "conflicting", 40, None),
    ],
)
def test_a_two_seat_panel_has_levels_of_its_own(
    said: tuple[tuple[str, str] | None, ...], level: str, nominal: int, option: str | None
) -> None:
    verdict = grade(Question(topic="service-cut"), ballots(*said), [], ARCHITECTURE)

    assert (verdict.level, verdict.nominal, verdict.option) == (level, nominal, option)


def test_the_union_of_additions_keeps_the_dissents_too() -> None:
    said = ("modules", "recommend"), ("services", "recommend")

    verdict = grade(Question(topic="service-cut"), ballots(*said), [], ARCHITECTURE)

    assert verdict.additions == ("Claude adds", "Gemini adds")


def test_an_invalid_panel_is_an_input_error() -> None:
    with pytest.raises(InputError, match="two or more seats"):
        Panel(seats=(seat("Claude"),), levels=DATABASE_LEVELS)
    with pytest.raises(InputError, match="with different names"):
        Panel(seats=(seat("Claude"), seat("claude")), levels=DATABASE_LEVELS)
    with pytest.raises(InputError, match="needs levels"):
        Panel(seats=database_panel().seats, levels=())
