"""Handoffs as tools that a model calls: recorded inside a team, a command to the parent graph anywhere else."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command
from pydantic import BaseModel, ValidationError

from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.open_turn import OpenTurn, artifact_of, turn_for
from langgraph_dba.graph.pairing import answer, calls_of
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
        turn = turn_for(str(runtime.config.get("configurable", {}).get("checkpoint_ns", "")))
        if turn:
            return _record(turn, agent_name, tool, runtime, arguments, contract)
        return _leave(agent_name, tool, runtime, arguments, contract)

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


def _record(
    turn: OpenTurn,
    agent: str,
    tool: str,
    runtime: ToolRuntime[Any, Any],
    arguments: Mapping[str, Any],
    contract: type[BaseModel] | None,
) -> ToolMessage:
    raw = {"to": agent, "brief": _brief(arguments), "payload": arguments.get("payload")}
    record = turn.record(runtime.tool_call_id or "", raw, fault=_fault(agent, arguments, contract))
    message = _transferred(agent, tool, runtime)
    if record["refused"]:
        message = answer(runtime.tool_call_id or "", tool, f"Not transferred to {agent}: {record['refused']}")
    return message.model_copy(update={"artifact": artifact_of(record)})


def _leave(
    agent: str,
    tool: str,
    runtime: ToolRuntime[Any, Any],
    arguments: Mapping[str, Any],
    contract: type[BaseModel] | None,
) -> Command[Any] | ToolMessage:
    said = _messages(runtime.state)
    last, own = said[-1] if said else None, runtime.tool_call_id or ""
    refusal = _fault(agent, arguments, contract)
    if isinstance(last, AIMessage):
        refusal = refusal or _obstacle(own, last.tool_calls, runtime.tools)
    if refusal:
        return answer(own, tool, f"Not transferred to {agent}: {refusal}")
    others = [(key, name) for key, name in calls_of(last) if key != own]
    gone = f"Not transferred: the conversation went to {agent}."
    messages = [*said, _transferred(agent, tool, runtime), *(answer(key, name, gone) for key, name in others)]
    return Command(graph=Command.PARENT, goto=agent, update={"messages": messages, "active_agent": agent})


def _obstacle(own: str, calls: Sequence[ToolCall], tools: Sequence[BaseTool]) -> str:
    """Say why this call cannot leave now: another handoff comes first, or another tool's result would be lost."""
    leading = {tool.name: (tool.metadata or {}).get(_DESTINATION) for tool in tools}
    handoffs = {name: agent for name, agent in leading.items() if agent}
    if any(call["name"] not in handoffs for call in calls if call["id"] != own):
        return "other tools were called beside it. Call it again, alone."
    first = calls[0]
    return "" if first["id"] == own else f"the conversation went to {handoffs[first['name']]}."


def _fault(agent: str, arguments: Mapping[str, Any], contract: type[BaseModel] | None) -> str:
    """Say what is wrong with the arguments, of which the tool's caller has checked nothing."""
    if unknown := sorted(set(arguments) - {*_ARGUMENTS, "payload"}):
        return f"unknown arguments {', '.join(unknown)}; it takes {', '.join(_ARGUMENTS)}" + ", payload" * bool(
            contract
        )
    try:
        Brief.read({"specific_task": "…", **_brief(arguments)})
        if payload := arguments.get("payload"):
            validate_payload(agent, payload, sender="the call", contracts={agent: contract} if contract else {})
    except ValidationError as error:
        return describe(error)
    except HandoffError as error:
        return str(error)
    return ""


def _brief(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a brief that the model gave; what it left out is what the sender itself was asked."""
    fields = {"specific_task": "task", "context": "context", "success_criteria": "success_criteria"}
    return {field: arguments[name] for field, name in fields.items() if arguments.get(name)}


def _messages(state: Any) -> list[AnyMessage]:
    if isinstance(state, list):
        return state
    found = state.get("messages", []) if isinstance(state, Mapping) else getattr(state, "messages", [])
    return list(found)


def _transferred(agent: str, tool: str, runtime: ToolRuntime[Any, Any]) -> ToolMessage:
    return ToolMessage(f"Successfully transferred to {agent}", name=tool, tool_call_id=runtime.tool_call_id or "")
