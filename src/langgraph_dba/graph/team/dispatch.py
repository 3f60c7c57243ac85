"""What happens between two waves: ask the scheduler, then go on, or close the request."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END
from langgraph.types import Command

from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.graph.team.team_state import AgentState, WaveOrder
from langgraph_dba.graph.team.wiring import DISPATCH, LEAVE, Wiring
from langgraph_dba.handoffs.log import Entry, Log, entries_of, passed, status_of
from langgraph_dba.handoffs.scheduler import Wave, next_wave, settle, stop

Onward = str | list[str]

OUT_OF_STEPS = "the graph's recursion_limit leaves no step for it"


def dispatch_node(wiring: Wiring) -> Bridge:
    """The node that joins a parallel wave: it runs once all of it has finished."""

    def dispatch(state: AgentState, _: RunnableConfig) -> Command[Any]:
        log, run = state["log"], state["current"]["run"]
        step = 1 + max(entry["step"] for entry in entries_of(log, run))
        update, onward = go_on(log, run, step, state["remaining_steps"], wiring)
        return Command(update=update, goto=onward)

    async def adispatch(state: AgentState, config: RunnableConfig) -> Command[Any]:
        return dispatch(state, config)

    return Bridge(dispatch, adispatch, DISPATCH)


def go_on(log: Log, run: int, step: int, remaining_steps: int, wiring: Wiring) -> tuple[dict[str, Any], Onward]:
    """Send the next wave on its way as number `step`, or close the request; the update holds only what changes.

    Returns the update, always with a `log`, and whom to go to.
    """
    entries = entries_of(log, run)
    wave = next_wave(entries, wiring.policy)
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
    """Steps a wave costs: this one, its own, the join of a parallel one, and the node that finishes the run."""
    return 2 + (len(wave.agents) > 1) + (wiring.finish != END)


def _close(
    log: Log, changed: Mapping[str, Entry], run: int, remaining_steps: int, wiring: Wiring, *, leaving: Sequence[str]
) -> tuple[dict[str, Any], Onward]:
    status, reason = status_of(log, run)
    has_room = remaining_steps >= 2  # noqa: PLR2004  this step and the next
    if wiring.finish != END and not has_room:
        status, reason = "stopped", "; ".join(filter(None, (reason, f"{wiring.finish} not run: {OUT_OF_STEPS}")))
    update = {
        "log": dict(changed),
        "handoffs": passed(log, run),
        "status": status,
        "reason": reason,
        "empty": list(wiring.empty),
        "not_called": _not_called(log, run, wiring),
        "unreachable": list(wiring.unreachable),
    }
    return update, _onward(wiring, leaving) if has_room else END


def _not_called(log: Log, run: int, wiring: Wiring) -> list[str]:
    """Return the agents that the request could have reached and that did not run."""
    called = list(dict.fromkeys(entry["agent"] for entry in entries_of(log, run)))
    return [name for name in wiring.reachable(called[0]) if name not in called]


def _onward(wiring: Wiring, leaving: Sequence[str]) -> Onward:
    if leaving and wiring.beside:
        return list(leaving)
    return LEAVE if leaving and wiring.finish == END else wiring.finish
