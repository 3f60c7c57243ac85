"""The scripted run for the kill drill: it has every kind of step that a team's graph can have.

A lead, a wave of three of whom one is a graph of two steps, a gate that returns work to two of them, a second wave, the
gate again, the lead again, and a report. Each run first appends one line to a ledger by one system call, so that a kill
cannot leave half a line.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.graph.team import team_graph as team_module
from langgraph_dba.graph.team.dispatch import dispatch_node
from langgraph_dba.graph.team.wiring import Wiring

View = Mapping[str, Any]
TEAM = Team(
    (
        AgentDefinition(name="lead", coordination=Coordination(hands_off_to=("a", "b", "c"))),
        AgentDefinition(name="a", coordination=Coordination(hands_off_to=("gate",), parallel_with=("b", "c"))),
        AgentDefinition(name="b", coordination=Coordination(hands_off_to=("gate",), parallel_with=("c",))),
        AgentDefinition(name="c", coordination=Coordination(hands_off_to=("gate",))),
        AgentDefinition(name="gate", coordination=Coordination(hands_off_to=("lead",))),
    )
)


class Ledger:
    """The runs of all processes in order; `enter` is called with each run before it begins."""

    def __init__(self, path: Path, enter: Callable[[str], None] = lambda _: None) -> None:
        self.path, self.enter = path, enter

    def begin(self, who: str) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, f"{who}\n".encode())
        os.close(handle)
        self.enter(who)

    def lines(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []


class _Member(TypedDict, total=False):
    brief: dict[str, Any]
    drafted: str
    handoffs: list[dict[str, Any]]
    artifacts: dict[str, str]
    summary: str


class Scripted:
    """The agents; the number of a run's round is in its brief."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def graph(self, checkpointer: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
        nodes = {"lead": self.lead, "a": self.work, "b": self.work, "c": self.member(), "gate": self.review}
        with patch.object(team_module, "dispatch_node", self.dispatch):
            builder = team_module.create_team(TEAM, nodes=nodes, entry="lead", gates=("gate",), report=self.report)
        return builder.compile(checkpointer=checkpointer)

    def lead(self, view: View) -> dict[str, Any]:
        round_ = 2 if view["inbox"] else 1
        self.ledger.begin(f"lead/{round_}")
        if view["inbox"]:
            return {"messages": ["closed"], "evidence": [_evidence("closed")]}
        return {"handoffs": [_handoff(name, 1) for name in "abc"], "evidence": [_evidence("opened")]}

    def work(self, view: View) -> dict[str, Any]:
        agent, round_ = view["agent"], view["brief"]["context"]
        self.ledger.begin(f"{agent}/{round_}")
        return _worked(agent, round_)

    def member(self) -> StateGraph[Any, Any, Any, Any]:
        """Agent `c` as a graph of two steps."""

        def draft(state: _Member) -> dict[str, Any]:
            self.ledger.begin(f"c.draft/{state['brief']['context']}")
            return {"drafted": state["brief"]["context"]}

        def finish(state: _Member) -> dict[str, Any]:
            self.ledger.begin(f"c.finish/{state['drafted']}")
            return _worked("c", state["drafted"])

        builder: StateGraph[Any, Any, Any, Any] = StateGraph(_Member)
        builder.add_node("draft", draft)
        builder.add_node("finish", finish)
        builder.add_edge(START, "draft")
        builder.add_edge("draft", "finish")
        return builder

    def review(self, view: View) -> dict[str, Any]:
        round_ = view["brief"]["context"]
        self.ledger.begin(f"gate/{round_}")
        if round_ == "1":
            back = [_handoff(name, 2) | {"kind": "return"} for name in "ac"]
            return {"handoffs": back, "summary": "not yet"}
        return {"handoffs": [_handoff("lead", 2)], "evidence": [_evidence("reviewed")], "summary": "approved"}

    def report(self, view: View) -> dict[str, Any]:
        self.ledger.begin("report/1")
        return {"messages": ["the end"], "artifacts": {"report.txt": f"{view['status']}: {len(view['log'])} entries"}}

    def dispatch(self, wiring: Wiring) -> SyncAsyncNode:
        """Return the real dispatch node, which also writes to the ledger, with the number of the wave before it."""
        real = dispatch_node(wiring)

        def run(state: Any, config: RunnableConfig) -> Any:
            wave = 1 + any(entry["kind"] == "return" for entry in state["log"].values())
            self.ledger.begin(f"dispatch/{wave}")
            return real.invoke(state, config)

        async def arun(state: Any, config: RunnableConfig) -> Any:
            return run(state, config)

        return SyncAsyncNode(run, arun, "dispatch")


def _handoff(to: str, round_: int) -> dict[str, Any]:
    return {"to": to, "brief": {"specific_task": f"{to}, round {round_}", "context": str(round_)}}


def _worked(agent: str, round_: str) -> dict[str, Any]:
    text = f"{agent} in round {round_}"
    return {"handoffs": [_handoff("gate", int(round_))], "artifacts": {f"{agent}.txt": text}, "summary": text}


def _evidence(claim: str) -> dict[str, Any]:
    return {"claim": claim, "proof": "p", "engine": "sqlite", "state": "supported"}
