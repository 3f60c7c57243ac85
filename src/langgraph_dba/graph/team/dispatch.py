"""Between two waves: get the next wave from the scheduler and start it, or close the request."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END
from langgraph.types import Command

from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.graph.team.team_state import AgentState, WaveOrder
from langgraph_dba.graph.team.wiring import DISPATCH, LEAVE, Wiring
from langgraph_dba.handoffs.log import Entry, Log, entries_of, handoff_lines, status_of
from langgraph_dba.handoffs.scheduler import Wave, next_wave, settle, stop

NextNodes = str | list[str]

OUT_OF_STEPS = "the graph's recursion_limit leaves no step for it"
# Steps that ending a run takes: the current one and the one of the finishing node.
_STEPS_TO_FINISH = 2


def dispatch_node(wiring: Wiring) -> SyncAsyncNode:
    """Return the node that joins a parallel wave: it runs once after all agents of the wave."""

    def dispatch(state: AgentState, _: RunnableConfig) -> Command[Any]:
        log, run = state["log"], state["current"]["run"]
        step = 1 + max(entry["step"] for entry in entries_of(log, run))
        update, next_nodes = advance(log, run, step, state["remaining_steps"], wiring)
        return Command(update=update, goto=next_nodes)

    async def adispatch(state: AgentState, config: RunnableConfig) -> Command[Any]:
        return dispatch(state, config)

    return SyncAsyncNode(dispatch, adispatch, DISPATCH)


def advance(log: Log, run: int, step: int, remaining_steps: int, wiring: Wiring) -> tuple[dict[str, Any], NextNodes]:
    """Start the next wave as number `step`, or close the request.

    Returns the update, which has only the changed entries under `log`, and the next nodes.
    """
    entries = entries_of(log, run)
    wave = next_wave(entries, wiring.policy)
    # Stop before LangGraph raises GraphRecursionError, so that the run still ends with a status and a reason.
    if (wave.agents or wave.leaving) and remaining_steps < _steps_for(wave, wiring):
        wave = Wave(refused={**stop(entries, OUT_OF_STEPS).refused, **wave.refused})
    changed = settle(log, wave)
    if not wave.agents:
        return _close({**log, **changed}, changed, run, remaining_steps, wiring, leaving=wave.leaving)
    agents = list(wave.agents)
    order: WaveOrder = {
        "step": step,
        "agents": agents,
        "inbox": {agent: list(wave.inbox[agent]) for agent in agents},
    }
    return {"log": changed, "wave": order}, agents


def _steps_for(wave: Wave, wiring: Wiring) -> int:
    """Return the steps a wave takes: this one, its own, the join of a parallel one, and the finishing node."""
    return 2 + (len(wave.agents) > 1) + (wiring.finish != END)


def _close(
    log: Log, changed: Mapping[str, Entry], run: int, remaining_steps: int, wiring: Wiring, *, leaving: Sequence[str]
) -> tuple[dict[str, Any], NextNodes]:
    status, reason = status_of(log, run)
    has_room = remaining_steps >= _STEPS_TO_FINISH
    # The report's step would exceed the limit: report this in the result instead of raising.
    if wiring.finish != END and not has_room:
        status, reason = "stopped", "; ".join(filter(None, (reason, f"{wiring.finish} not run: {OUT_OF_STEPS}")))
    update = {
        "log": dict(changed),
        "handoffs": handoff_lines(log, run),
        "status": status,
        "reason": reason,
        "empty": list(wiring.empty),
        "not_called": _not_called(log, run, wiring),
        "unreachable": list(wiring.unreachable),
    }
    return update, _next_nodes(wiring, leaving) if has_room else END


def _not_called(log: Log, run: int, wiring: Wiring) -> list[str]:
    """Return the agents that the request could have reached and that did not run."""
    called = list(dict.fromkeys(entry["agent"] for entry in entries_of(log, run)))
    return [name for name in wiring.reachable(called[0]) if name not in called]


def _next_nodes(wiring: Wiring, leaving: Sequence[str]) -> NextNodes:
    if leaving and wiring.beside:
        return list(leaving)
    return LEAVE if leaving and wiring.finish == END else wiring.finish
