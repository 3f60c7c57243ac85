"""What the specialist takes for its task, in a conversation and in a team."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage

from langgraph_dba.graph.task_text import askings, was_transferred
from langgraph_dba.handoffs.brief import Brief

BRIEF = {"brief": {"specific_task": "teams with players"}}


def transfer(task: str, *, tool: str = "transfer_to_dba") -> AIMessage:
    call: Any = {"name": tool, "args": {"task": task}, "id": "1", "type": "tool_call"}
    return AIMessage("", name="triage", tool_calls=[call])


def asked(*messages: Any, **state: Any) -> list[str]:
    return list(askings({"messages": list(messages), **state}, "dba"))


def test_a_request_comes_before_a_brief_and_both_before_what_was_said() -> None:
    assert asked(HumanMessage("hello"), request="a league", inbox=[BRIEF]) == ["a league", "teams with players"]


def test_what_was_said_last_comes_before_what_a_model_made_of_it_and_what_was_said_before() -> None:
    said = (HumanMessage("teams with players"), AIMessage("Shall I?"), HumanMessage("yes"), transfer("a league"))

    assert asked(*said) == ["yes", "a league", "teams with players"]


def test_what_is_handed_to_another_agent_is_not_asked_of_this_one() -> None:
    assert asked(HumanMessage("hello"), transfer("a league", tool="transfer_to_sales")) == ["hello"]


def test_what_the_agent_has_answered_is_done() -> None:
    assert asked(HumanMessage("a shop"), transfer("a shop"), AIMessage("Done.", name="dba"), HumanMessage("ok")) == [
        "ok"
    ]


def test_of_a_brief_among_the_messages_the_task_counts_not_its_headings() -> None:
    brief = Brief(specific_task="teams with players", context="A club.", success_criteria=("It is proved.",))

    assert asked(HumanMessage("hello"), HumanMessage(brief.to_markdown(), name="sales")) == [
        "teams with players",
        "hello",
    ]


def test_without_a_word_nothing_is_asked() -> None:
    assert asked() == []


def test_what_was_transferred_is_told_from_what_was_said_to_the_agent_itself() -> None:
    said = [HumanMessage("a shop"), transfer("a shop"), AIMessage("Done.", name="dba")]

    assert was_transferred({"messages": said}, "dba")
    assert not was_transferred({"messages": [*said, HumanMessage("thanks")]}, "dba")
    assert not was_transferred({"messages": said}, "sales")
