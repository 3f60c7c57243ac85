"""Handoff tools for models: inside a team they record a handoff, anywhere else they return a parent command."""

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
from langgraph_dba.graph.team.handoff_recorder import HandoffRecorder, artifact_of, recorder_for
from langgraph_dba.graph.team.tool_answers import calls_of, error_answer
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.contracts import describe, validate_payload

MAX_TOOL_NAME_LENGTH = 64
# The metadata key under which langgraph-swarm and langgraph-supervisor look up the agent of a handoff tool.
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
    """Return the tool by which a model hands work to `agent_name`; its name is `transfer_to_<agent>` or `name`.

    Its arguments are `task`, `context` and `success_criteria`, all optional, and with a `contract` a `payload` of that
    form. Inside a team's graph the handoff is recorded, and delivered when the agent's run ends; one message may have
    several handoffs and calls of other tools. A call that is undeclared or malformed is answered with an error that
    names the fix, and logged as refused.

    Anywhere else the tool goes to the parent graph, as langgraph-swarm's does: `Command(graph=PARENT)` with
    `active_agent`. Only one agent can be active, so the first of several handoffs in one message is done. A handoff
    beside calls of other tools is refused, and the answer asks the model to repeat it after it has their results. Each
    call of the message always gets exactly one ToolMessage.
    """
    tool = name or tool_name(agent_name)

    def hand_off(runtime: ToolRuntime[Any, Any], **arguments: Any) -> Command[Any] | ToolMessage:
        call = HandoffCall(runtime.tool_call_id or "", tool, agent_name, arguments, contract)
        recorder = recorder_for(runtime.config)
        return call.record(recorder) if recorder else _leave(call, _messages(runtime.state), runtime.tools)

    # The metadata key makes langgraph-swarm and langgraph-supervisor accept the tool as one of theirs.
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
    full = "transfer_to_" + re.sub(r"[^a-z0-9_-]", "_", re.sub(r"\s+", "_", agent_name.strip().lower()))
    if len(full) <= MAX_TOOL_NAME_LENGTH:
        return full
    suffix = sha256(agent_name.encode()).hexdigest()[:8]  # two long names may differ only in the part that is cut off
    return f"{full[: MAX_TOOL_NAME_LENGTH - len(suffix) - 1]}_{suffix}"


def _schema(contract: type[BaseModel] | None) -> dict[str, Any]:
    # A dict instead of a model class: LangChain would reject an invalid call before `hand_off` can log it as refused.
    payload = {"payload": contract.model_json_schema(by_alias=True)} if contract else {}
    definitions = payload["payload"].pop("$defs", None) if contract else None
    schema = {"type": "object", "properties": {**_ARGUMENTS, **payload}, "additionalProperties": False}
    return schema | ({"$defs": definitions} if definitions else {})


@dataclass(frozen=True, slots=True)
class HandoffCall:
    """One call of a handoff tool with the model's unchecked arguments."""

    id: str
    tool: str
    agent: str
    arguments: Mapping[str, Any]
    contract: type[BaseModel] | None = None

    def record(self, recorder: HandoffRecorder) -> ToolMessage:
        """Record the handoff, and return the answer to the call."""
        raw = {"to": self.agent, "brief": self.brief, "payload": self.arguments.get("payload")}
        record = recorder.record(self.id, raw, fault=self.fault)
        return self.refusal(record["refused"], record) if record["refused"] else self.confirmation(record)

    def confirmation(self, record: Mapping[str, Any] | None = None) -> ToolMessage:
        """Return the answer to an accepted handoff, with the text that langgraph-swarm uses."""
        text = f"Successfully transferred to {self.agent}"
        return ToolMessage(text, name=self.tool, tool_call_id=self.id, artifact=artifact_of(record))

    def refusal(self, reason: str, record: Mapping[str, Any] | None = None) -> ToolMessage:
        """Return the answer to a refused handoff, with the reason."""
        return error_answer(self.id, self.tool, f"Not transferred to {self.agent}: {reason}", artifact_of(record))

    @property
    def brief(self) -> dict[str, Any]:
        """Return the fields of the brief that the model passed; the sender's own brief supplies the others."""
        fields = {"specific_task": "task", "context": "context", "success_criteria": "success_criteria"}
        return {field: self.arguments[name] for field, name in fields.items() if self.arguments.get(name)}

    @property
    def fault(self) -> str:
        """Return the error in the arguments; empty if there is none."""
        allowed = (*_ARGUMENTS, "payload") if self.contract else (*_ARGUMENTS,)
        if unknown := sorted(set(self.arguments) - {*_ARGUMENTS, "payload"}):
            return f"unknown arguments {', '.join(unknown)}; allowed are {', '.join(allowed)}"
        contracts = {self.agent: self.contract} if self.contract else {}
        try:
            # With a placeholder task, because the task is optional here: the sender's own brief has one.
            Brief.read({"specific_task": "…", **self.brief})
            if payload := self.arguments.get("payload"):
                validate_payload(self.agent, payload, sender="the call", contracts=contracts)
        except ValidationError as error:
            return describe(error)
        except HandoffError as error:
            return str(error)
        return ""


def _leave(call: HandoffCall, messages: Sequence[AnyMessage], tools: Sequence[BaseTool]) -> Command[Any] | ToolMessage:
    last = messages[-1] if messages else None
    refusal = call.fault
    if isinstance(last, AIMessage):
        refusal = refusal or _obstacle(call.id, last.tool_calls, tools)
    if refusal:
        return call.refusal(refusal)
    text = f"Not transferred: the conversation went to {call.agent}."
    # The command ends this agent's graph, so the answers of the tools beside it would be lost: answer all calls here.
    others = [error_answer(key, name, text) for key, name in calls_of(last) if key != call.id]
    update = {"messages": [*messages, call.confirmation(), *others], "active_agent": call.agent}
    return Command(graph=Command.PARENT, goto=call.agent, update=update)


def _obstacle(own: str, calls: Sequence[ToolCall], tools: Sequence[BaseTool]) -> str:
    """Return why this call cannot leave the graph now: an earlier handoff, or a tool whose result would be lost."""
    destinations = {tool.name: (tool.metadata or {}).get(_DESTINATION) for tool in tools}
    handoffs = {name: agent for name, agent in destinations.items() if agent}
    if any(call["name"] not in handoffs for call in calls if call["id"] != own):
        return "other tools were called beside it. Call it again, alone."
    first = calls[0]
    return "" if first["id"] == own else f"the conversation went to {handoffs[first['name']]}."


def _messages(state: Any) -> list[AnyMessage]:
    if isinstance(state, list):
        return state
    messages = state.get("messages", []) if isinstance(state, Mapping) else getattr(state, "messages", [])
    return list(messages)
