"""An escalated verdict goes to a person if the run has a checkpointer."""

import asyncio
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from pydantic import ValidationError
from typing_extensions import TypedDict

from langgraph_dba.agents.database_specialist.database_panel import database_panel
from langgraph_dba.agents.panel import ScriptedSeat
from langgraph_dba.graph.consensus.architect import Escalation
from langgraph_dba.graph.consensus.consensus_graph import Builder, create_consensus

THREAD: RunnableConfig = {"configurable": {"thread_id": "1"}}
TENANCY = {"question": {"topic": "tenancy"}}
RULING = {"option": "schema-per-tenant", "reason": "the contract says so", "by": "the data office"}
BLOCK = {"option": "shared-schema", "stance": "block", "reason": "auditors forbid it"}


def blocked(escalation: Escalation = "auto") -> Builder:
    agreed = ScriptedSeat([{"option": "shared-schema"}])
    panel = database_panel(claude=agreed, gemini=agreed, codex=ScriptedSeat([BLOCK]))
    return create_consensus(panel, escalation=escalation)


def saver() -> InMemorySaver:
    return InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=()))


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.parametrize("escalation", ["auto", "interrupt"])
def test_with_a_checkpointer_the_run_waits_for_a_ruling(escalation: Escalation, way: str) -> None:
    graph: Any = blocked(escalation).compile(checkpointer=saver())

    def call(given: Any) -> Any:
        return graph.invoke(given, THREAD) if way == "invoke" else asyncio.run(graph.ainvoke(given, THREAD))

    (questions,) = call(TENANCY)["__interrupt__"]
    result = call(Command(resume={questions.id: RULING}))

    assert (result["verdict"]["status"], result["verdict"]["option"]) == ("ruled", "schema-per-tenant")
    assert result["verdict"]["ruling"] == RULING
    assert (result["verdict"]["level"], result["verdict"]["nominal"]) == ("conflicting", 50)


def test_the_interrupt_has_the_question_and_the_reason() -> None:
    graph = blocked().compile(checkpointer=saver())

    (questions,) = graph.invoke(TENANCY, THREAD)["__interrupt__"]

    assert questions.value["kind"] == "escalation"
    assert questions.value["question"]["topic"] == "tenancy"
    assert "Codex blocks: auditors forbid it" in questions.value["because"]
    assert questions.value["fallback"] == "shared-schema"
    assert [seat["name"] for seat in questions.value["seats"]] == ["Claude", "Gemini", "Codex"]
    assert set(questions.response_schema["required"]) == {"option", "reason", "by"}


@pytest.mark.parametrize(
    "bad",
    [
        {**RULING, "option": "cloud"},
        {**RULING, "option": "other:"},
        {**RULING, "reason": " "},
        {"option": "shared-schema"},
        "shared-schema",
    ],
)
def test_an_invalid_ruling_is_rejected_and_can_be_sent_again(bad: Any) -> None:
    graph = blocked().compile(checkpointer=saver())
    graph.invoke(TENANCY, THREAD)

    with pytest.raises(ValidationError):
        graph.invoke(Command(resume=bad), THREAD)
    result = graph.invoke(Command(resume={**RULING, "option": "other: one file each"}), THREAD)

    assert result["verdict"]["option"] == "other: one file each"


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_without_a_checkpointer_the_verdict_comes_back_escalated(way: str) -> None:
    graph: Any = blocked().compile()

    result = graph.invoke(TENANCY) if way == "invoke" else asyncio.run(graph.ainvoke(TENANCY))

    assert "__interrupt__" not in result
    assert (result["verdict"]["status"], result["verdict"]["option"]) == ("escalated", None)
    assert result["verdict"]["fallback"] == "shared-schema"


def test_return_never_asks() -> None:
    result = blocked("return").compile(checkpointer=saver()).invoke(TENANCY, THREAD)

    assert "__interrupt__" not in result
    assert result["verdict"]["status"] == "escalated"


class Outer(TypedDict, total=False):
    """Two topics of one session."""

    question: dict[str, Any]
    verdict: dict[str, Any]
    after: bool


@pytest.mark.parametrize("waits", [True, False])
def test_inside_another_graph_it_asks_exactly_if_that_one_can_wait(*, waits: bool) -> None:
    outer = StateGraph(Outer)
    outer.add_node("consensus", blocked().compile())
    outer.add_node("after", lambda _: {"after": True})
    outer.add_edge(START, "consensus")
    outer.add_edge("consensus", "after")
    outer.add_edge("after", END)
    graph: Any = outer.compile(checkpointer=saver() if waits else None)

    result = graph.invoke(TENANCY, THREAD)
    assert ("__interrupt__" in result) == waits
    if waits:
        result = graph.invoke(Command(resume=RULING), THREAD)

    assert result["after"]
    assert result["verdict"]["status"] == ("ruled" if waits else "escalated")


class Both(TypedDict, total=False):
    """Two consultations that run at the same time."""

    first: str
    second: str


def test_several_escalations_at_once_are_answered_by_their_ids() -> None:
    inner = blocked().compile()

    def consult(name: str) -> Any:
        return lambda _: {name: inner.invoke(TENANCY)["verdict"]["option"]}

    outer = StateGraph(Both)
    for name in ("first", "second"):
        outer.add_node(f"ask {name}", consult(name))
        outer.add_edge(START, f"ask {name}")
    graph: Any = outer.compile(checkpointer=saver())

    questions = graph.invoke({}, THREAD)["__interrupt__"]
    options = ["schema-per-tenant", "database-per-tenant"]
    answers = {item.id: {**RULING, "option": option} for item, option in zip(questions, options, strict=True)}
    result = graph.invoke(Command(resume=answers), THREAD)

    assert {result["first"], result["second"]} == set(options)
