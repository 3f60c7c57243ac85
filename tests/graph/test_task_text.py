"""The task of an agent in a conversation and in a team."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage

from langgraph_dba.graph.task_text import candidate_tasks, was_handed_over
from langgraph_dba.handoffs.brief import Brief

BRIEF = {"brief": {"specific_task": "teams with players"}}


def transfer(task: str, *, tool: str = "transfer_to_dba") -> AIMessage:
    call: Any = {"name": tool, "args": {"task": task}, "id": "1", "type": "tool_call"}
    return AIMessage("", name="triage", tool_calls=[call])


def tasks(*messages: Any, **state: Any) -> list[str]:
    return list(candidate_tasks({"messages": list(messages), **state}, "dba"))


def test_a_request_comes_before_a_brief_and_messages_are_then_ignored() -> None:
    assert tasks(HumanMessage("hello"), request="a league", inbox=[BRIEF]) == ["a league", "teams with players"]


def test_the_last_human_message_comes_before_the_task_of_a_tool_call_and_earlier_messages() -> None:
    messages = (HumanMessage("teams with players"), AIMessage("Shall I?"), HumanMessage("yes"), transfer("a league"))

    assert tasks(*messages) == ["yes", "a league", "teams with players"]


def test_a_handoff_to_another_agent_is_ignored() -> None:
    assert tasks(HumanMessage("hello"), transfer("a league", tool="transfer_to_sales")) == ["hello"]


def test_messages_before_the_agents_last_answer_are_ignored() -> None:
    assert tasks(HumanMessage("a shop"), transfer("a shop"), AIMessage("Done.", name="dba"), HumanMessage("ok")) == [
        "ok"
    ]


def test_a_brief_among_the_messages_yields_only_its_task() -> None:
    brief = Brief(specific_task="teams with players", context="A club.", success_criteria=("It is proved.",))

    assert tasks(HumanMessage("hello"), HumanMessage(brief.to_markdown(), name="sales")) == [
        "teams with players",
        "hello",
    ]


def test_without_messages_there_is_no_task() -> None:
    assert tasks() == []


def test_a_handoff_by_tool_differs_from_a_message_to_the_agent() -> None:
    messages = [HumanMessage("a shop"), transfer("a shop"), AIMessage("Done.", name="dba")]

    assert was_handed_over({"messages": messages}, "dba")
    assert not was_handed_over({"messages": [*messages, HumanMessage("thanks")]}, "dba")
    assert not was_handed_over({"messages": messages}, "sales")
