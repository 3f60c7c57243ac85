"""A team's state in checkpoints: plain data, resumed after a kill, one thread for many requests."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command, interrupt

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.database.evidence import Evidence
from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.team import create_team

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


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseCheckpointSaver[Any]]:
    strict = JsonPlusSerializer(allowed_msgpack_modules=())
    if request.param == "memory":
        yield InMemorySaver(serde=strict)
        return
    with closing(sqlite3.connect(tmp_path / "c.db", check_same_thread=False)) as connection:
        yield SqliteSaver(connection, serde=strict)


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


def test_an_interrupted_agent_goes_on_where_it_asked(saver: BaseCheckpointSaver[Any]) -> None:
    ran: list[str] = []

    def ask(view: View) -> dict[str, Any]:
        ran.append(view["agent"])
        return {"messages": [f"{view['agent']}: {interrupt('why?')}"]}

    def b(view: View) -> None:
        ran.append(view["agent"])

    graph = create_team(TEAM, nodes={"pm": lead, "a": ask, "b": b}, entry="pm").compile(checkpointer=saver)

    graph.invoke({"request": "shop"}, THREAD)
    result = graph.invoke(Command(resume="because"), THREAD)

    assert sorted(ran) == ["a", "a", "b"], "the sibling that had finished did not run again"
    assert result["status"] == "completed"
    assert "a: because" in [message.text for message in result["messages"]]


PROGRAM = """
    import os, sqlite3, sys
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph_dba.agents import AgentDefinition, Coordination, Team
    from langgraph_dba.graph.team import create_team

    folder, dies = sys.argv[1], sys.argv[2] == "die"

    def node(view):
        with open(f"{folder}/ran", "a") as file:
            file.write(view["agent"] + "\\n")
        if view["agent"] == "b" and dies:
            os._exit(9)
        following = {"a": "b", "b": "c"}.get(view["agent"])
        return {"handoffs": [{"to": following, "brief": "go on"}] if following else []}

    names = {"a": ("b",), "b": ("c",), "c": ()}
    team = Team(tuple(
        AgentDefinition(name=name, coordination=Coordination(hands_off_to=to)) for name, to in names.items()
    ))
    saver = SqliteSaver(sqlite3.connect(f"{folder}/c.db", check_same_thread=False))
    graph = create_team(team, nodes=dict.fromkeys(names, node)).compile(checkpointer=saver)
    given = {"request": "shop"} if dies else None
    print(graph.invoke(given, {"configurable": {"thread_id": "1"}}, durability="sync")["status"])
"""


def test_a_killed_run_goes_on_without_running_the_first_agent_again(tmp_path: Path) -> None:
    environment = {**os.environ, "LANGGRAPH_STRICT_MSGPACK": "true"}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM), str(tmp_path)]

    killed = subprocess.run([*command, "die"], env=environment, capture_output=True, text=True, check=False)
    resumed = subprocess.run([*command, "live"], env=environment, capture_output=True, text=True, check=False)

    assert (killed.returncode, resumed.returncode) == (9, 0), resumed.stderr
    assert resumed.stdout == "completed\n"
    assert (tmp_path / "ran").read_text().split() == ["a", "b", "b", "c"]
