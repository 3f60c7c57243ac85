"""Random teams on the real graph: the same cases that `random_teams.play` runs by the scheduler alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, cast
from unittest.mock import PropertyMock, patch

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from random_teams import ENTRY, Case, Played

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.graph.team import agent_node
from langgraph_dba.graph.team.agent_turn import Turn, turn_of
from langgraph_dba.graph.team.team_graph import create_team
from langgraph_dba.graph.team.team_state import AgentState
from langgraph_dba.graph.team.wiring import Wiring
from langgraph_dba.handoffs.log import Entry

Graph = CompiledStateGraph[Any, Any, Any, Any]
Run = tuple[str, list[str]]  # the agent that ran, and the tasks in its inbox
Result = dict[str, Any]
SHOWN = ["messages", "artifacts", "evidence", "handoffs", "status", "reason", "empty", "log"]
_SCHEDULED = ("run", "agent", "step", "index", "place", "kind", "to", "brief", "state", "reason")


class Stage:
    """The scripted agents of one case, with a record of their runs."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.said: Counter[str] = Counter()
        self.runs: list[Run] = []

    def node(self, view: Mapping[str, Any]) -> dict[str, Any]:
        agent, count = view["agent"], self.said[view["agent"]]
        self.said[agent] += 1
        self.runs.append((agent, [item["brief"]["specific_task"] for item in view["inbox"]]))
        handoffs = self.case.turn(agent, count, [item["from"] for item in view["inbox"]])
        if handoffs is None:
            raise RuntimeError("no")
        text = f"{agent}.{count}"
        return {"handoffs": handoffs, "messages": [text], "artifacts": {f"{agent}.txt": text, "last.txt": text}}

    def compile(self, **options: Any) -> Graph:
        """Compile the case's team; `options` are those of `StateGraph.compile`."""
        case, policy = self.case, self.case.policy
        builder = create_team(
            team_of(case),
            nodes={name: self.node for name in case.names if name not in case.empty},
            entry=ENTRY,
            gates=sorted(policy.gates),
            before=policy.before,
            max_handoffs=policy.max_handoffs,
            max_rounds=policy.max_rounds,
            missing="drop",
        )
        return builder.compile(**options)

    def invoke(self, graph: Graph | None = None, **config: Any) -> Result:
        """Run a request and return the report's view, which has the log."""
        result: Result = (graph or self.compile()).invoke({"request": "x"}, _config(config), output_keys=SHOWN)
        return result

    async def ainvoke(self, **config: Any) -> Result:
        """Do the same on an event loop."""
        result: Result = await self.compile().ainvoke({"request": "x"}, _config(config), output_keys=SHOWN)
        return result


def _config(given: Mapping[str, Any]) -> RunnableConfig:
    return cast("RunnableConfig", dict(given))


def team_of(case: Case) -> Team:
    """Return the team of a case; each parallel pair is listed by its first agent."""
    beside = {a: tuple(b for b in case.names if a < b and {a, b} in case.policy.parallel) for a in case.names}
    return Team(
        tuple(
            AgentDefinition(name=name, coordination=Coordination(hands_off_to=targets, parallel_with=beside[name]))
            for name, targets in case.targets.items()
        )
    )


@contextmanager
def always_dispatch() -> Iterator[None]:
    """Send every agent through the dispatch node, also an agent that is alone in its wave."""

    def never_alone(agent: str, state: AgentState) -> Turn:
        return replace(turn_of(agent, state), alone=False)

    everywhere = PropertyMock(return_value=True)
    with patch.object(agent_node, "turn_of", never_alone), patch.object(Wiring, "has_parallel_waves", everywhere):
        yield


def scheduled(log: Mapping[str, Entry]) -> dict[str, dict[str, Any]]:
    """Return a log without the fields that a node's note fills, and without the time."""
    return {key: {name: dict(entry)[name] for name in _SCHEDULED} for key, entry in log.items()}


def without_times(result: Result) -> Result:
    """Return a result without times, for comparing it with that of another run."""
    log = {key: {**entry, "time": ""} for key, entry in result["log"].items()}
    return {**result, "log": log, "messages": [(message.name, message.text) for message in result["messages"]]}


def in_waves(runs: Sequence[Run], played: Played) -> list[list[Run]]:
    """Split runs into waves of the size of the expected ones, each sorted: its order depends on threads."""
    left = iter(runs)
    waves = [sorted(islice(left, len(wave))) for wave in played.runs]
    return [*waves, *([run] for run in left)]
