"""The node around one agent: its inbox in, its guarded handoffs out, its failure as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp, ParentCommand, is_invalid_resume
from langgraph.types import Command

from langgraph_dba.agents.kit.shared_results import CHANNEL
from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.graph.team.agent_result import now, read_result
from langgraph_dba.graph.team.agent_turn import Turn, turn_of, view_of
from langgraph_dba.graph.team.dispatch import go_on
from langgraph_dba.graph.team.handoff_recorder import OpenTurn, opened
from langgraph_dba.graph.team.node_runner import NodeRunner
from langgraph_dba.graph.team.team_state import AgentState
from langgraph_dba.graph.team.wiring import DISPATCH, Wiring
from langgraph_dba.handoffs.handoff import Handoff, read_handoff
from langgraph_dba.handoffs.log import Entry, Log, Note, record, record_failure
from langgraph_dba.redaction import redact


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str


def agent_node(agent: str, runner: NodeRunner, wiring: Wiring) -> Bridge:
    """Wrap an agent so that it works in a team's graph under `invoke` and `ainvoke`."""

    def run(state: AgentState, config: RunnableConfig) -> Command[Any]:
        attempt = _Run(agent, state, config, wiring)
        with opened(attempt.tools):
            try:
                raw = runner.run(attempt.view, config)
            except Exception as error:  # noqa: BLE001  a failed agent is a value
                raw = _answer_to(error, config)
        return attempt.conclude(raw)

    async def arun(state: AgentState, config: RunnableConfig) -> Command[Any]:
        attempt = _Run(agent, state, config, wiring)
        with opened(attempt.tools):
            try:
                raw = await runner.arun(attempt.view, config)
            except Exception as error:  # noqa: BLE001
                raw = _answer_to(error, config)
        return attempt.conclude(raw)

    return Bridge(run, arun, agent, runner.graphs)


class _Run:
    """One run of one agent: its turn, what it is shown, and what becomes of what it gives."""

    __slots__ = ("log", "remaining_steps", "tools", "turn", "view", "wiring")

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
        place = str(config.get("configurable", {}).get("checkpoint_ns", ""))
        self.tools = OpenTurn(place, self._check_call, wiring.closed(is_nested="|" in place))

    def _check_call(self, raw: Mapping[str, Any]) -> Handoff:
        """Check what a tool hands off; what its model leaves out of a brief is what the agent itself was asked."""
        given = raw["brief"] or {}
        brief = given if "specific_task" in given else {**self.view["brief"], **given}
        handoff = self.read_handoff({**raw, "brief": brief})
        if reason := self.tools.closed.get(handoff.receiver):
            raise HandoffError(f"{handoff.sender} → {handoff.receiver}: {reason}")
        return handoff

    def read_handoff(self, raw: Handoff | Mapping[str, Any]) -> Handoff:
        """Check one handoff of this agent; HandoffError if it may not reach its receiver, or not like that."""
        agent, wiring = self.turn.agent, self.wiring
        held = _held(self.turn, self.log)
        return read_handoff(raw, sender=agent, targets=wiring.targets[agent], held=held, contracts=wiring.contracts)

    def conclude(self, raw: Any) -> Command[Any]:
        """Write what came of it, and go on: straight to the next agent, or to where a parallel wave joins."""
        if isinstance(raw, Command) and raw.graph == Command.PARENT:
            return raw  # it leaves the team altogether
        update, entries = self._yield_of(raw)
        turn = self.turn
        if turn.opens:
            update |= _fresh(update, turn)
        if not turn.alone:
            return Command(update={**update, "log": entries}, goto=DISPATCH)
        changes, onward = go_on({**self.log, **entries}, turn.run, turn.step + 1, self.remaining_steps, self.wiring)
        return Command(update={**update, **changes, "log": {**entries, **changes["log"]}}, goto=onward)

    def _yield_of(self, raw: Any) -> tuple[dict[str, Any], dict[str, Entry]]:
        """The run's contribution to the state, and its entries in the log."""
        turn = self.turn
        if isinstance(raw, _Failure):
            note = Note(time=now(), reason=raw.reason)
            message = AIMessage(f"{turn.agent} failed: {raw.reason}", name=turn.agent)
            entries = record_failure(
                turn.senders, run=turn.run, agent=turn.agent, step=turn.step, place=turn.place, note=note
            )
            return {"messages": [message]}, entries
        result = read_result(raw, self.view, self.tools, self.read_handoff)
        entries = record(
            result.handoffs,
            run=turn.run,
            agent=turn.agent,
            step=turn.step,
            place=turn.place,
            note=result.note,
            closed=self.tools.closed,
            refused=result.refused,
        )
        given = {
            "messages": result.messages,
            "artifacts": result.artifacts,
            "evidence": result.evidence,
            CHANNEL: result.shared_results,
        }
        return {channel: value for channel, value in given.items() if value}, entries  # an empty write costs too


def _held(turn: Turn, log: Log) -> set[str]:
    """Whose handoffs the agent holds: all others whose work was delivered to it during this request."""
    return {
        entry["agent"]
        for entry in log.values()
        if entry["to"] == turn.agent and entry["state"] == "delivered" and entry["run"] == turn.run
    } - {turn.agent}


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


def _fresh(update: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    """A new request starts with nothing of the last one but the conversation."""
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
