"""What a handoff and a parallel wave cost: the same agents in a graph by hand, in both peers, and in a team."""

from functools import partial
from typing import Any

import by_hand
import ours
import peers
from paired import Cases, compared, paired

GIVEN: dict[str, Any] = {"messages": [("user", "go")]}
FURTHER = (1, 10)

Rows = list[dict[str, Any]]


def functions(rounds: int) -> Rows:
    """Agents that are functions: what is left is the coordination itself."""
    rows: Rows = []
    for count in FURTHER:
        graphs = {
            "by hand": by_hand.chain(count),
            "by hand, bare": by_hand.chain(count, kind="bare"),
            "by hand, guarded": by_hand.chain(count, kind="guarded"),
            "team": ours.chain(count),
        }
        rows += compared(_title(count), paired(_invoked(graphs), rounds), "by hand")
    return rows


def agents_in_a_row(rounds: int) -> Rows:
    """Agents with a model that hands on by a tool: a call of the model for each agent, everywhere."""
    rows: Rows = []
    for count in FURTHER:
        graphs = {
            "by hand": by_hand.chain_of_agents(count),
            "langgraph-swarm": peers.swarm_chain(count),
            "team, the same agents": ours.chain_of_agents(count),
            "team, `model=`": ours.chain_of_models(count),
        }
        rows += compared(_title(count), paired(_invoked(graphs), rounds), "by hand")
    return rows


def agents_in_a_star(rounds: int) -> Rows:
    """A lead that hands to one worker after the other and gets its answer: two handoffs and two calls for each."""
    rows: Rows = []
    for workers in (1, 5):
        graphs = {
            "by hand": by_hand.star_of_agents(workers),
            "langgraph-supervisor": peers.supervisor_star(workers),
            "team, the same agents": ours.star_of_agents(workers),
        }
        rows += compared(_title(2 * workers), paired(_invoked(graphs), rounds), "by hand")
    return rows


def waves(rounds: int) -> Rows:
    """Three functions at once and the join after them; neither peer has such a thing."""
    graphs = {"by hand": by_hand.wave(), "team": ours.wave()}
    rows = compared("`invoke`", paired(_invoked(graphs), rounds), "by hand")
    awaited = {name: ours.run_async(graph, GIVEN) for name, graph in graphs.items()}
    return rows + compared("`ainvoke`", paired(awaited, rounds), "by hand")


def _title(handoffs: int) -> str:
    return "one handoff" if handoffs == 1 else f"{handoffs} handoffs"


def _invoked(graphs: dict[str, Any]) -> Cases:
    return {name: partial(graph.invoke, GIVEN) for name, graph in graphs.items()}
