"""A team's state in checkpoints: plain data, several requests on one thread, with every checkpointer."""

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.errors import HandoffError
from langgraph_dba.evidence import Evidence
from langgraph_dba.graph.team.team_graph import create_team

View = Mapping[str, Any]
THREAD: RunnableConfig = {"configurable": {"thread_id": "1"}}
TEAM = Team(
    (
        AgentDefinition(name="pm", coordination=Coordination(hands_off_to=("a", "b"))),
        AgentDefinition(name="a", coordination=Coordination(parallel_with=("b",), hands_off_to=("pm",))),
        AgentDefinition(name="b"),
    )
)


def lead(view: View) -> dict[str, Any]:
    if view["inbox"]:
        return {"messages": ["closed"]}
    evidence = Evidence(claim=view["request"], proof="p", engine="sqlite", state="supported")
    handoffs = [{"to": name, "brief": "x", "payload": {"for": (name,)}} for name in "ab"]
    return {"handoffs": handoffs, "evidence": [evidence], "artifacts": {f"{view['request']}.txt": "…"}}


def answer(view: View) -> dict[str, Any]:
    return {"handoffs": [{"to": "pm", "brief": "done"}] if view["agent"] == "a" else [], "summary": view["agent"]}


NODES = {"pm": lead, "a": answer, "b": answer}


def test_the_state_is_plain_data_under_a_strict_serializer(saver: BaseCheckpointSaver[Any]) -> None:
    graph = create_team(TEAM, nodes=NODES, entry="pm", report=lambda _: "the end").compile(checkpointer=saver)

    graph.invoke({"messages": [("user", "shop")]}, THREAD)

    values = graph.get_state(THREAD).values
    assert values["status"] == "completed"
    assert plain({key: value for key, value in values.items() if key != "messages"})
    assert len(list(graph.get_state_history(THREAD))) >= 5


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return type(value) in {str, int, float, bool, type(None)}


def test_a_second_message_on_the_thread_is_a_new_request(saver: BaseCheckpointSaver[Any]) -> None:
    graph = create_team(TEAM, nodes=NODES, entry="pm", max_handoffs=3).compile(checkpointer=saver)

    first = graph.invoke({"messages": [("user", "shop")], "requirements": {"n": 1}}, THREAD)
    second = graph.invoke({"messages": [("user", "school")]}, THREAD)

    assert first["status"] == second["status"] == "completed", "the bounds start anew"
    assert first["handoffs"] == second["handoffs"]
    assert (list(first["artifacts"]), list(second["artifacts"])) == (["shop.txt"], ["school.txt"])
    assert [item["claim"] for item in second["evidence"]] == ["school"]
    state = graph.get_state(THREAD).values
    assert state["current"] == {"run": 2, "request": "school", "requirements": {}}
    assert len(state["log"]) == 2 * 5


def test_a_request_after_a_broken_run_starts_afresh(saver: BaseCheckpointSaver[Any]) -> None:
    seen: list[int] = []

    def pm(view: View) -> dict[str, Any]:
        seen.append(len(view["inbox"]))
        return {"handoffs": [{"to": "typo", "brief": "x"}]} if view["inbox"] else lead(view)

    graph = create_team(TEAM, nodes={**NODES, "pm": pm}, entry="pm").compile(checkpointer=saver)

    for request in ("shop", "school"):
        with pytest.raises(HandoffError):
            graph.invoke({"request": request}, THREAD)

    assert seen == [0, 1, 0, 1]
    assert graph.get_state(THREAD).values["current"]["run"] == 2


async def test_a_run_is_saved_and_a_second_request_is_new_under_ainvoke(async_saver: BaseCheckpointSaver[Any]) -> None:
    graph = create_team(TEAM, nodes=NODES, entry="pm").compile(checkpointer=async_saver)

    first = await graph.ainvoke({"request": "shop"}, THREAD)
    second = await graph.ainvoke({"request": "school"}, THREAD)

    values = (await graph.aget_state(THREAD)).values
    assert first["handoffs"] == second["handoffs"]
    assert (second["status"], list(second["artifacts"])) == ("completed", ["school.txt"])
    assert plain({key: value for key, value in values.items() if key != "messages"})
    assert values["current"]["run"] == 2
