"""The answer of a seat: a decision, or rejected with the reason of the seat's absence."""

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.database_specialist.database_topics import TOPICS
from langgraph_dba.agents.panel import Abstention, Decision, Question, ScriptedSeat
from langgraph_dba.agents.panel.seat import UnusableAnswer, read_answer
from langgraph_dba.agents.panel.topics import complete
from langgraph_dba.errors import InputError
from langgraph_dba.handoffs.plain import plain

QUESTION = complete(Question(topic="tenancy"), TOPICS)
VIEW = {"question": plain(QUESTION)}


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ("shared-schema", "shared-schema"),
        ("Shared Schema", "shared-schema"),
        (" shared_schema ", "shared-schema"),
        ("other:  One  FILE each", "other: one file each"),
    ],
)
def test_options_are_converted_to_canonical_form(said: str, option: str) -> None:
    assert read_answer({"option": said}, QUESTION).option == option


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "empty"),
        ({}, "empty"),
        ("", "empty"),
        ("shared-schema, I think", "no decision but str"),
        (42, "no decision but int"),
        ({"topic": "tenancy"}, "option: Field required"),
        ({"option": "shared-schema", "stanse": "block"}, "stanse: Extra inputs are not permitted"),
        ({"option": "shared-schema", "stance": "block"}, "needs a `reason`"),
        ({"option": "cloud"}, "'cloud' is not an option: use shared-schema, schema-per-tenant"),
        ({"option": "other:"}, "is not an option"),
        ({"option": "range", "topic": "partitioning"}, "about 'partitioning', not 'tenancy'"),
    ],
)
def test_an_invalid_answer_is_rejected_with_the_reason(raw: object, reason: str) -> None:
    with pytest.raises(UnusableAnswer, match=reason):
        read_answer(raw, QUESTION)


def test_a_scripted_seat_answers_in_order_or_by_topic_and_records_its_views() -> None:
    ordered = ScriptedSeat([{"option": "shared-schema"}, "garbage"])
    by_topic = ScriptedSeat({"tenancy": Decision(topic="tenancy", option="shared-schema")})

    assert [ordered(VIEW), ordered(VIEW), ordered(VIEW)] == [{"option": "shared-schema"}, "garbage", "garbage"]
    assert read_answer(by_topic(VIEW), QUESTION).option == "shared-schema"
    assert isinstance(by_topic({"question": {"topic": "scaling"}}), Abstention)
    assert ordered.seen == [VIEW, VIEW, VIEW]


@pytest.mark.parametrize("seat", [ScriptedSeat(error=ValueError("no")), ScriptedSeat([ValueError("no")])])
def test_a_script_can_raise(seat: ScriptedSeat) -> None:
    with pytest.raises(ValueError, match="no"):
        seat(VIEW)


@pytest.mark.parametrize(
    "model", ["anthropic:claude-sonnet-4-5", "https://panel.example/seat", FakeListChatModel(responses=["x"]), 7]
)
def test_models_in_the_seats_are_refused_in_so_many_words(model: object) -> None:
    with pytest.raises(InputError, match=r"Gemini: .* models in the seats are not available in this version"):
        database_panel(gemini=model)


def test_a_callable_takes_the_chair_but_not_more_than_the_chair_may_see() -> None:
    def opinion(_: Mapping[str, Any]) -> dict[str, str]:
        return {"option": "shared-schema"}

    claude, gemini, codex = database_panel(gemini=opinion).seats

    assert (gemini.occupant, gemini.kind, gemini.sees) == ("callable: opinion", "callable", ("requirements",))
    assert [seat.kind for seat in (claude, codex)] == ["analyst", "analyst"]
    moved = database_panel(gemini=claude).seats[1]
    assert (moved.name, moved.occupant, moved.sees, moved.blind) == ("Gemini", claude.occupant, gemini.sees, True)


def test_analysts_have_names_of_analysts() -> None:
    for seat in database_panel().seats:
        assert seat.occupant.startswith("analyst: ")
        assert not {"claude", "gemini", "codex"} & set(seat.occupant.casefold().split())
