"""Handoffs as tools that a model calls: recorded inside a team, a command to the parent graph anywhere else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command
from pydantic import BaseModel, ValidationError

from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.team.handoff_recorder import OpenTurn, artifact_of, turn_for
from langgraph_dba.graph.team.tool_answers import answer, calls_of
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.contracts import describe, validate_payload

LONGEST_NAME = 64
# The key under which langgraph-swarm and langgraph-supervisor look for the agent that a tool leads to.
_DESTINATION = "__handoff_destination"
_ARGUMENTS: dict[str, Any] = {
    "task": {"type": "string", "description": "What the agent is to do, in one or a few sentences."},
    "context": {"type": "string", "description": "What it has to know for that."},
    "success_criteria": {
        "type": "array",
        "items": {"type": "string"},
        "description": "How one sees that it is done, one sentence each.",
    },
}


def create_handoff_tool(
    *,
    agent_name: str,
    name: str | None = None,
    description: str | None = None,
    contract: type[BaseModel] | None = None,
) -> BaseTool:
    """Make the tool by which a model hands work to `agent_name`, called `transfer_to_<agent>` unless `name` is given.

    The model may give `task`, `context` and `success_criteria`, all optional, and with a `contract` a `payload` of
    that form. Inside a team's graph the handoff is recorded, and delivered when the agent's run ends: several in one
    message all count, next to any other tools. What is undeclared or malformed is answered with an error that says
    what to mend, and logged as refused.

    Anywhere else the tool leaves for the parent graph, as langgraph-swarm's does: `Command(graph=PARENT)` with
    `active_agent`. Only one agent can be active, so of several handoffs in one message the first counts, and one
    beside other tools waits: the model is told to call it again once it has their results. In every case each call of
    the message gets exactly one ToolMessage.
    """
    tool = name or tool_name(agent_name)

    def hand_off(runtime: ToolRuntime[Any, Any], **arguments: Any) -> Command[Any] | ToolMessage:
        call = HandoffCall(runtime.tool_call_id or "", tool, agent_name, arguments, contract)
        turn = turn_for(runtime.config)
        return call.recorded(turn) if turn else _leave(call, _messages(runtime.state), runtime.tools)

    return StructuredTool.from_function(
        hand_off,
        name=tool,
        description=description or f"Hand work off to the agent {agent_name}.",
        args_schema=_schema(contract),
        infer_schema=False,
        metadata={_DESTINATION: agent_name},
    )


def tool_name(agent_name: str) -> str:
    """Return `transfer_to_<agent>` in lower case, of letters, digits, `_` and `-`, at most 64 characters long."""
    wanted = "transfer_to_" + re.sub(r"[^a-z0-9_-]", "_", re.sub(r"\s+", "_", agent_name.strip().lower()))
    if len(wanted) <= LONGEST_NAME:
        return wanted
    mark = sha256(agent_name.encode()).hexdigest()[:8]  # what is cut off must still tell two agents apart
    return f"{wanted[: LONGEST_NAME - len(mark) - 1]}_{mark}"


def _schema(contract: type[BaseModel] | None) -> dict[str, Any]:
    # Shown to the model, but not enforced by the tool's caller: what breaks it has to be logged, not only answered.
    payload = {"payload": contract.model_json_schema(by_alias=True)} if contract else {}
    definitions = payload["payload"].pop("$defs", None) if contract else None
    schema = {"type": "object", "properties": {**_ARGUMENTS, **payload}, "additionalProperties": False}
    return schema | ({"$defs": definitions} if definitions else {})


@dataclass(frozen=True, slots=True)
class HandoffCall:
    """One call of a handoff tool, as the model made it: nobody has checked its arguments."""

    id: str
    tool: str
    agent: str
    arguments: Mapping[str, Any]
    contract: type[BaseModel] | None = None

    def recorded(self, turn: OpenTurn) -> ToolMessage:
        """Record the handoff in the turn, and answer the call."""
        raw = {"to": self.agent, "brief": self.brief, "payload": self.arguments.get("payload")}
        record = turn.record(self.id, raw, fault=self.fault)
        return self.refused(record["refused"], record) if record["refused"] else self.done(record)

    def done(self, record: Mapping[str, Any] | None = None) -> ToolMessage:
        """Answer that the handoff was made, in langgraph-swarm's words."""
        text = f"Successfully transferred to {self.agent}"
        return ToolMessage(text, name=self.tool, tool_call_id=self.id, artifact=artifact_of(record))

    def refused(self, reason: str, record: Mapping[str, Any] | None = None) -> ToolMessage:
        """Answer that it was not, and why."""
        return answer(self.id, self.tool, f"Not transferred to {self.agent}: {reason}", artifact_of(record))

    @property
    def brief(self) -> dict[str, Any]:
        """The fields of a brief that the model gave; what it left out is what the sender itself was asked."""
        fields = {"specific_task": "task", "context": "context", "success_criteria": "success_criteria"}
        return {field: self.arguments[name] for field, name in fields.items() if self.arguments.get(name)}

    @property
    def fault(self) -> str:
        """What is wrong with the arguments, if anything."""
        allowed = (*_ARGUMENTS, "payload") if self.contract else (*_ARGUMENTS,)
        if unknown := sorted(set(self.arguments) - {*_ARGUMENTS, "payload"}):
            return f"unknown arguments {', '.join(unknown)}; it takes {', '.join(allowed)}"
        contracts = {self.agent: self.contract} if self.contract else {}
        try:
            Brief.read({"specific_task": "…", **self.brief})
            if payload := self.arguments.get("payload"):
                validate_payload(self.agent, payload, sender="the call", contracts=contracts)
        except ValidationError as error:
            return describe(error)
        except HandoffError as error:
            return str(error)
        return ""


def _leave(call: HandoffCall, said: Sequence[AnyMessage], tools: Sequence[BaseTool]) -> Command[Any] | ToolMessage:
    last = said[-1] if said else None
    refusal = call.fault
    if isinstance(last, AIMessage):
        refusal = refusal or _obstacle(call.id, last.tool_calls, tools)
    if refusal:
        return call.refused(refusal)
    gone = f"Not transferred: the conversation went to {call.agent}."
    others = [answer(key, name, gone) for key, name in calls_of(last) if key != call.id]
    update = {"messages": [*said, call.done(), *others], "active_agent": call.agent}
    return Command(graph=Command.PARENT, goto=call.agent, update=update)


def _obstacle(own: str, calls: Sequence[ToolCall], tools: Sequence[BaseTool]) -> str:
    """Say why this call cannot leave now: another handoff comes first, or another tool's result would be lost."""
    leading = {tool.name: (tool.metadata or {}).get(_DESTINATION) for tool in tools}
    handoffs = {name: agent for name, agent in leading.items() if agent}
    if any(call["name"] not in handoffs for call in calls if call["id"] != own):
        return "other tools were called beside it. Call it again, alone."
    first = calls[0]
    return "" if first["id"] == own else f"the conversation went to {handoffs[first['name']]}."


def _messages(state: Any) -> list[AnyMessage]:
    if isinstance(state, list):
        return state
    found = state.get("messages", []) if isinstance(state, Mapping) else getattr(state, "messages", [])
    return list(found)
