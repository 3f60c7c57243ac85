"""The graph node around one agent: pass its inbox, check its handoffs, and record its failure as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, ParentCommand, is_invalid_resume
from langgraph.types import Command

from langgraph_dba.agents.kit.activity import activities_of
from langgraph_dba.agents.kit.shared_results import CHANNEL
from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.graph.team.agent_result import now, read_result
from langgraph_dba.graph.team.agent_turn import Turn, turn_of, view_of
from langgraph_dba.graph.team.dispatch import advance
from langgraph_dba.graph.team.handoff_recorder import HandoffRecorder, activate_recorder
from langgraph_dba.graph.team.node_runner import NodeRunner
from langgraph_dba.graph.team.team_state import AgentState
from langgraph_dba.graph.team.wiring import DISPATCH, Wiring
from langgraph_dba.handoffs.handoff import Handoff, read_handoff
from langgraph_dba.handoffs.log import Entry, Log, Note, record, record_failure
from langgraph_dba.redaction import redact


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str


def agent_node(agent: str, runner: NodeRunner, wiring: Wiring) -> SyncAsyncNode:
    """Return the node that runs an agent in a team's graph, under `invoke` and `ainvoke`."""

    def run(state: AgentState, config: RunnableConfig) -> Command[Any]:
        attempt = _Run(agent, state, config, wiring)
        with activate_recorder(attempt.recorder), activities_of(agent, attempt.doing):
            try:
                raw = runner.run(attempt.view, config)
            # Not LangGraph's `error_handler`: it marks the task as resolved, and `invoke(None)` then does nothing.
            # And under `ainvoke` an exception that leaves the node cancels the agents that run in parallel.
            except Exception as error:  # noqa: BLE001  the failure of an agent becomes a value
                raw = _value_of(error, config)
        return attempt.conclude(raw)

    async def arun(state: AgentState, config: RunnableConfig) -> Command[Any]:
        attempt = _Run(agent, state, config, wiring)
        with activate_recorder(attempt.recorder), activities_of(agent, attempt.doing):
            try:
                raw = await runner.arun(attempt.view, config)
            except Exception as error:  # noqa: BLE001
                raw = _value_of(error, config)
        return attempt.conclude(raw)

    return SyncAsyncNode(run, arun, agent, runner.graphs)


class _Run:
    """One run of one agent: its turn, its input, and the conversion of its result to a command."""

    __slots__ = ("log", "recorder", "remaining_steps", "turn", "view", "wiring")

    def __init__(self, agent: str, state: AgentState, config: RunnableConfig, wiring: Wiring) -> None:
        self.wiring = wiring
        self.log: Log = state.get("log", {})
        self.remaining_steps = state["remaining_steps"]
        self.turn = turn_of(agent, state)
        self.view = {
            **view_of(self.turn, state, wiring.history),
            "hands_off_to": sorted(wiring.targets[agent]),
            "receiver_contracts": wiring.contracts_of_targets(agent),
        }
        namespace = str(config.get("configurable", {}).get("checkpoint_ns", ""))
        self.recorder = HandoffRecorder(namespace, self._check_call, wiring.closed(is_nested="|" in namespace))

    @property
    def doing(self) -> str:
        """The agent's task, for the progress."""
        return str(self.view["brief"].get("specific_task", ""))

    def _check_call(self, raw: Mapping[str, Any]) -> Handoff:
        """Check the handoff of a tool call; without a task, the agent's own brief supplies the missing fields."""
        partial = raw["brief"] or {}
        brief = partial if "specific_task" in partial else {**self.view["brief"], **partial}
        handoff = self.read_handoff({**raw, "brief": brief})
        if reason := self.recorder.closed.get(handoff.receiver):
            raise HandoffError(f"{handoff.sender} → {handoff.receiver}: {reason}")
        return handoff

    def read_handoff(self, raw: Handoff | Mapping[str, Any]) -> Handoff:
        """Check one handoff of this agent; HandoffError if the receiver is not allowed or a field is invalid."""
        agent, wiring = self.turn.agent, self.wiring
        held = _agents_with_held_work(self.turn, self.log)
        return read_handoff(raw, sender=agent, targets=wiring.targets[agent], held=held, contracts=wiring.contracts)

    def conclude(self, raw: Any) -> Command[Any]:
        """Return the state update and the next node: the next agent, or `dispatch` in a parallel wave."""
        if isinstance(raw, Command) and raw.graph == Command.PARENT:
            return raw  # the agent leaves the team for the parent graph
        update, entries = self._update_of(raw)
        turn = self.turn
        if turn.opens:
            update |= _reset(update, turn)
        if not turn.alone:
            # Agents of one wave do not see each other's entries, so only a step after all of them can choose the next.
            return Command(update={**update, "log": entries}, goto=DISPATCH)
        changes, next_nodes = advance(
            {**self.log, **entries}, turn.run, turn.step + 1, self.remaining_steps, self.wiring
        )
        return Command(update={**update, **changes, "log": {**entries, **changes["log"]}}, goto=next_nodes)

    def _update_of(self, raw: Any) -> tuple[dict[str, Any], dict[str, Entry]]:
        """Return the run's update of the state, and its entries in the log."""
        turn = self.turn
        if isinstance(raw, _Failure):
            note = Note(time=now(), reason=raw.reason)
            message = AIMessage(f"{turn.agent} failed: {raw.reason}", name=turn.agent)
            entries = record_failure(
                turn.senders, run=turn.run, agent=turn.agent, step=turn.step, place=turn.place, note=note
            )
            return {"messages": [message]}, entries
        result = read_result(raw, self.view, self.recorder, self.read_handoff)
        entries = record(
            result.handoffs,
            run=turn.run,
            agent=turn.agent,
            step=turn.step,
            place=turn.place,
            note=result.note,
            closed=self.recorder.closed,
            refused=result.refused,
        )
        update = {
            "messages": result.messages,
            "artifacts": result.artifacts,
            "evidence": result.evidence,
            CHANNEL: result.shared_results,
        }
        # Writing a channel costs time even if the value is empty.
        return {channel: value for channel, value in update.items() if value}, entries


def _agents_with_held_work(turn: Turn, log: Log) -> set[str]:
    """Return the agents whose work was delivered to this one during this request: it may return work to them."""
    return {
        entry["agent"]
        for entry in log.values()
        if entry["to"] == turn.agent and entry["state"] == "delivered" and entry["run"] == turn.run
    } - {turn.agent}


def _value_of(error: Exception, config: RunnableConfig) -> Any:
    """Convert an agent's exception to a value; raise interrupts, invalid answers to them, and HandoffError again."""
    if isinstance(error, ParentCommand) and _is_for_this_graph(error.args[0], config):
        return error.args[0]
    # An invalid answer to an interrupt is not the agent's failure: if it is raised, nothing is saved, and the question
    # stays open. A HandoffError is a bug in the code of the node, which the caller has to see.
    if isinstance(error, GraphBubbleUp | HandoffError) or is_invalid_resume(error):
        raise error
    return _Failure(redact(f"{type(error).__name__}: {error}"))


def _is_for_this_graph(command: Command[Any], config: RunnableConfig) -> bool:
    """Return whether an embedded graph's `Command(graph=PARENT)` is meant for the team, which then checks it.

    Unchecked, it could go to any agent of the team, past the guard.
    """
    here = str(config.get("configurable", {}).get("checkpoint_ns", ""))
    return command.graph in {here, _without_task_ids(here)}


def _without_task_ids(namespace: str) -> str:
    return re.sub(r":[^|]*", "", namespace)


def _reset(update: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    """Return the update by which a new request drops all results of the last one; only the messages remain."""
    # The opening agent runs alone: LangGraph loses a plain write that is made beside an overwrite in the same step.
    return {
        "current": turn.current,
        "artifacts": {"__overwrite__": update.get("artifacts", {})},
        "evidence": {"__overwrite__": update.get("evidence", [])},
        CHANNEL: {"__overwrite__": update.get(CHANNEL, {})},
        "handoffs": [],
        "status": "",
        "reason": "",
        "not_called": [],
    }
