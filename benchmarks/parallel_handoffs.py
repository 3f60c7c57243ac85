"""Several tool calls in one message of a model, a handoff among them: what becomes of each call.

`python benchmarks/parallel_handoffs.py [--runs N] [--json]` plays two cases, each with agents of langchain's
`create_agent` and models that follow a script, on the installed versions:

- two handoffs in one message, in langgraph-supervisor (its public issue #230) and in a team;
- a handoff beside an ordinary tool, in langgraph-swarm (its public issues #26, #58, #69, #82, #105) and in a team.

Everything in the table is read off what happened: who ran, and which messages the run left behind. Where two calls race
for one place, runs differ: each case is played several times. The last column asks `pairing_check.py`, which checks
what the providers' interfaces check, and counts the runs whose conversation would be refused.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from by_hand import agent_of
from instant_model import InstantModel, calling
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph_supervisor import create_supervisor
from langgraph_swarm import create_handoff_tool as swarm_handoff_tool
from langgraph_swarm import create_swarm
from ours import graph_of, team_of
from paired import markdown

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))  # the suite holds our own agents to it too

from pairing_check import Pairing, pairing_of

from langgraph_dba import create_handoff_tool

BOTH = ("transfer_to_anna", "transfer_to_ben")
BESIDE = ("look_up", "transfer_to_ben")


@dataclass(frozen=True, slots=True)
class Played:
    """One run: the calls of the message in question, which agents and tools ran, and what the run left behind."""

    calls: Sequence[str]
    ran: list[str] = field(default_factory=list)
    messages: list[AnyMessage] = field(default_factory=list)

    def worker(self, name: str) -> Any:
        """An agent that notes that it ran."""

        def reply(_: list[BaseMessage]) -> AIMessage:
            self.ran.append(f"transfer_to_{name}")
            return AIMessage(f"answer of {name}")

        return agent_of(name, InstantModel(reply=reply))

    def look_up(self) -> BaseTool:
        """An ordinary tool that notes that it ran."""

        def run() -> str:
            self.ran.append("look_up")
            return "found"

        return StructuredTool.from_function(run, name="look_up", description="Look something up")

    def caller(self) -> InstantModel:
        """A model that makes the calls, and closes when it is asked again."""
        replies = iter([calling(*self.calls), *[AIMessage("done")] * 9])
        return InstantModel(reply=lambda _: next(replies).model_copy())

    def through(self, graph: Any) -> "Played":
        """Run the graph and keep its messages."""
        self.messages.extend(graph.invoke({"messages": [("user", "go")]})["messages"])
        return self


def supervisor() -> Played:
    """Let a supervisor's model call both workers; the whole history of the workers is asked for."""
    run = Played(BOTH)
    workers = [run.worker("anna"), run.worker("ben")]
    builder = create_supervisor(workers, model=run.caller(), parallel_tool_calls=True, output_mode="full_history")
    return run.through(builder.compile())


def team_of_both() -> Played:
    """Let a team's lead call both: they may work in parallel."""
    run = Played(BOTH)
    team = team_of({"lead": ["anna", "ben"], "anna": [], "ben": []}, parallel=["anna", "ben"])
    lead = agent_of("lead", run.caller(), *(create_handoff_tool(agent_name=name) for name in ("anna", "ben")))
    return run.through(graph_of(team, {"lead": lead, "anna": run.worker("anna"), "ben": run.worker("ben")}))


def swarm() -> Played:
    """Let a swarm's agent hand off beside an ordinary tool."""
    run = Played(BESIDE)
    anna = agent_of("anna", run.caller(), run.look_up(), swarm_handoff_tool(agent_name="ben"))
    return run.through(create_swarm([anna, run.worker("ben")], default_active_agent="anna").compile())


def team_beside() -> Played:
    """Let a team's agent do the same."""
    run = Played(BESIDE)
    anna = agent_of("anna", run.caller(), run.look_up(), create_handoff_tool(agent_name="ben"))
    return run.through(graph_of(team_of({"anna": ["ben"], "ben": []}), {"anna": anna, "ben": run.worker("ben")}))


CASES: tuple[tuple[str, str, Callable[[], Played]], ...] = (
    ("two handoffs", "langgraph-supervisor", supervisor),
    ("two handoffs", "team", team_of_both),
    ("a handoff and a tool", "langgraph-swarm", swarm),
    ("a handoff and a tool", "team", team_beside),
)


def rows(runs: int) -> list[dict[str, Any]]:
    """Play every case that often and count, over its runs, what became of each call."""
    return [_row(case, house, [play() for _ in range(runs)]) for case, house, play in CASES]


def _row(case: str, house: str, played: Sequence[Played]) -> dict[str, Any]:
    fates = {name: Counter(_fate(name, run) for run in played) for name in played[0].calls}
    pairings = [pairing_of(run.messages) for run in played]
    return {
        "one message with": case,
        "in": house,
        "runs": len(played),
        **{
            title: _listed({name: fates[name][fate] for name in fates})
            for title, fate in (
                ("ran, and was answered", "answered"),
                ("ran, its answer is lost", "unanswered"),
                ("never ran", "lost"),
            )
        },
        "calls gone from the messages": _listed(
            Counter(key for pairing in pairings for key in _gone(pairing, played[0]))
        ),
        "calls left unanswered": _listed(Counter(key for pairing in pairings for key in pairing.unanswered)),
        "refused by the check": sum(not pairing.is_valid for pairing in pairings),
    }


def _fate(name: str, run: Played) -> str:
    if name not in run.ran:
        return "lost"
    answered = {message.name for message in run.messages if isinstance(message, ToolMessage)}
    return "answered" if name in answered else "unanswered"


def _gone(pairing: Pairing, run: Played) -> set[str]:
    made = {str(call["id"]) for call in calling(*run.calls).tool_calls}
    return made - set(pairing.calls)


def _listed(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def main(arguments: Sequence[str] | None = None) -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="how often each case is played")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args(arguments)
    found = rows(chosen.runs)
    print(json.dumps(found, indent=1) if chosen.json else markdown([_readable(row) for row in found]))


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: ", ".join(f"{name} ({count})" for name, count in value.items()) or "none"
        if isinstance(value, dict)
        else value
        for key, value in row.items()
    }


if __name__ == "__main__":
    main()
