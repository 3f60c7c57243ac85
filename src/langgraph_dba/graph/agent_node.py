"""The node around one agent: its inbox in, its guarded handoffs out, its failure as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, ParentCommand, is_invalid_resume
from langgraph.types import Command

from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.agent_result import now, read_one, read_result
from langgraph_dba.graph.agent_turn import Turn, turn_of, view_of
from langgraph_dba.graph.bridge import Bridge
from langgraph_dba.graph.dispatch import go_on
from langgraph_dba.graph.node_runner import NodeRunner
from langgraph_dba.graph.open_turn import OpenTurn, opened
from langgraph_dba.graph.team_state import AgentState
from langgraph_dba.graph.wiring import DISPATCH, Wiring
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import Entry, Log, Note, record, record_failure
from langgraph_dba.handoffs.redact import redact


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str


def agent_node(agent: str, runner: NodeRunner, wiring: Wiring) -> Bridge:
    """Wrap an agent so that it works in a team's graph under `invoke` and `ainvoke`."""

    def run(state: AgentState, config: RunnableConfig) -> Command[Any]:
        turn = turn_of(agent, state)
        view = _view(turn, state, wiring)
        with opened(_open(turn, view, state, config, wiring)) as tools:
            try:
                raw = runner.run(view, config)
            except Exception as error:  # noqa: BLE001  a failed agent is a value
                raw = _answer_to(error, config)
        return _conclude(raw, turn, view, state, wiring, tools)

    async def arun(state: AgentState, config: RunnableConfig) -> Command[Any]:
        turn = turn_of(agent, state)
        view = _view(turn, state, wiring)
        with opened(_open(turn, view, state, config, wiring)) as tools:
            try:
                raw = await runner.arun(view, config)
            except Exception as error:  # noqa: BLE001
                raw = _answer_to(error, config)
        return _conclude(raw, turn, view, state, wiring, tools)

    return Bridge(run, arun, agent, runner.graphs)


def _view(turn: Turn, state: AgentState, wiring: Wiring) -> dict[str, Any]:
    """What the agent is given; an agent that is no model has to be told whom the team lets it hand off to."""
    return {**view_of(turn, state, wiring.history), "hands_off_to": sorted(wiring.targets[turn.agent])}


def _open(turn: Turn, view: Mapping[str, Any], state: AgentState, config: RunnableConfig, wiring: Wiring) -> OpenTurn:
    """Open the turn for the agent's handoff tools; what they leave out of a brief is what the agent was asked."""

    def check(raw: Mapping[str, Any]) -> Handoff:
        given = raw["brief"] or {}
        brief = given if "specific_task" in given else {**view["brief"], **given}
        handoff = read_one({**raw, "brief": brief}, turn, _held(turn, state.get("log", {})), wiring)
        if handoff.receiver in closed:
            raise HandoffError(f"{turn.agent} → {handoff.receiver}: {closed[handoff.receiver]}")
        return handoff

    place = str(config.get("configurable", {}).get("checkpoint_ns", ""))
    closed = wiring.closed(is_nested="|" in place)
    return OpenTurn(place, check, closed)


def _answer_to(error: Exception, config: RunnableConfig) -> Any:
    """Turn an agent's exception into a value; interrupts, bad answers to them, and our own bugs go up."""
    if isinstance(error, ParentCommand) and _is_for_this_graph(error.args[0], config):
        return error.args[0]
    # A bad answer is the answering person's failure: raised, it saves nothing and the question stays open.
    if isinstance(error, GraphBubbleUp | HandoffError) or is_invalid_resume(error):
        raise error
    return _Failure(redact(f"{type(error).__name__}: {error}"))


def _is_for_this_graph(command: Command[Any], config: RunnableConfig) -> bool:
    """Whether an embedded graph's `Command(graph=PARENT)` means the team: unguarded it would go where it likes."""
    here = str(config.get("configurable", {}).get("checkpoint_ns", ""))
    return command.graph in {here, _without_task_ids(here)}


def _without_task_ids(namespace: str) -> str:
    return re.sub(r":[^|]*", "", namespace)


def _conclude(
    raw: Any, turn: Turn, view: Mapping[str, Any], state: AgentState, wiring: Wiring, tools: OpenTurn
) -> Command[Any]:
    if isinstance(raw, Command) and raw.graph == Command.PARENT:
        return raw  # it leaves the team altogether
    log = state.get("log", {})
    update, entries = _yield_of(raw, turn, view, log, wiring, tools)
    if turn.opens:
        update |= _fresh(update, turn)
    if not turn.alone:
        return Command(update={**update, "log": entries}, goto=DISPATCH)
    changes, onward = go_on({**log, **entries}, turn.run, turn.step + 1, state["remaining_steps"], wiring)
    return Command(update={**update, **changes, "log": {**entries, **changes["log"]}}, goto=onward)


def _yield_of(
    raw: Any, turn: Turn, view: Mapping[str, Any], log: Log, wiring: Wiring, tools: OpenTurn
) -> tuple[dict[str, Any], dict[str, Entry]]:
    """The run's contribution to the state, and its entries in the log."""
    if isinstance(raw, _Failure):
        note = Note(time=now(), reason=raw.reason)
        message = AIMessage(f"{turn.agent} failed: {raw.reason}", name=turn.agent)
        entries = record_failure(
            turn.senders, run=turn.run, agent=turn.agent, step=turn.step, place=turn.place, note=note
        )
        return {"messages": [message]}, entries
    result = read_result(raw, turn, view, _held(turn, log), wiring, tools)
    entries = record(
        result.handoffs,
        run=turn.run,
        agent=turn.agent,
        step=turn.step,
        place=turn.place,
        note=result.note,
        closed=tools.closed,
        refused=result.refused,
    )
    given = {"messages": result.messages, "artifacts": result.artifacts, "evidence": result.evidence}
    return {channel: value for channel, value in given.items() if value}, entries  # a write costs, an empty one too


def _held(turn: Turn, log: Log) -> set[str]:
    """Whose handoffs the agent holds: everyone whose work was delivered to it during this request."""
    return {
        entry["agent"]
        for entry in log.values()
        if entry["to"] == turn.agent and entry["state"] == "delivered" and entry["run"] == turn.run
    }


def _fresh(update: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    """A new request starts with nothing of the last one but the conversation."""
    return {
        "current": turn.current,
        "artifacts": {"__overwrite__": update.get("artifacts", {})},
        "evidence": {"__overwrite__": update.get("evidence", [])},
        "handoffs": [],
        "status": "",
        "reason": "",
    }
