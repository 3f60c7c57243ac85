"""Convert the return value of an agent's node to checked handoffs and plain data."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, get_args

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, convert_to_messages
from langgraph.graph import END
from langgraph.types import Command, Send
from pydantic import ValidationError

from langgraph_dba.agents.kit.shared_results import CHANNEL
from langgraph_dba.errors import HandoffError
from langgraph_dba.evidence import EvidenceSet
from langgraph_dba.graph.team.handoff_recorder import HandoffRecorder
from langgraph_dba.graph.team.tool_answers import complete_tool_answers
from langgraph_dba.handoffs.contracts import describe
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import Note, Refusal, Status
from langgraph_dba.handoffs.plain import plain

_STATUSES = get_args(Status)


class AgentResult(NamedTuple):
    """The result of one run; `messages` end with an `AIMessage` that has the agent's name.

    `refused` has the handoffs that the agent's model attempted by tool and that were refused.
    """

    handoffs: tuple[Handoff, ...]
    refused: tuple[Refusal, ...]
    messages: list[AnyMessage]
    artifacts: dict[str, str]
    evidence: list[dict[str, Any]]
    shared_results: dict[str, Any]
    note: Note


def read_result(
    raw: object,
    view: Mapping[str, Any],
    recorder: HandoffRecorder,
    read_handoff: Callable[[Handoff | Mapping[str, Any]], Handoff],
) -> AgentResult:
    """Read the return value of a node.

    It is a dict `{handoffs, messages, artifacts, evidence, shared_results, status, summary, decisions, files, gotcha}`,
    all optional; or a text or a message, which is an answer without handoffs; or a `Command`, which is its update with
    one handoff to each target. Handoffs that the agent's model made by tool come first. Raises HandoffError for any
    other shape, and whatever `read_handoff` raises.
    """
    agent = view["agent"]
    fields = _fields(raw, agent, view)
    # Records are in the messages of this run only: older messages have those of earlier turns.
    new = _new_messages(fields, agent, view)
    records = recorder.records_in(new)
    by_code = [item for item in fields.get("handoffs") or () if not _is_log_line(item)]
    by_tool = [{key: item[key] for key in ("to", "brief", "payload")} for item in records if not item["refused"]]
    handoffs = tuple(read_handoff(item) for item in (*by_tool, *by_code))
    refused = tuple(Refusal(item["to"], item["refused"]) for item in records if item["refused"])
    artifacts = _artifacts(files, agent) if (files := fields.get("artifacts")) else {}
    messages = _messages(new, fields, agent, handoffs)
    return AgentResult(
        handoffs,
        refused,
        messages,
        artifacts,
        evidence=_evidence(fields.get("evidence"), agent),
        shared_results=_shared(fields, agent),
        note=_note(fields, agent, str(messages[-1].text), artifacts),
    )


def now() -> str:
    """Return the current time in UTC in ISO form, for the `time` of a log entry."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _fields(raw: object, agent: str, view: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(raw, Mapping):
        return raw
    if raw is None:
        return {}
    if isinstance(raw, str | BaseMessage):
        return {"messages": [raw]}
    if isinstance(raw, Command):
        return _fields_of_command(raw, view)
    raise HandoffError(f"{agent}: a node returns a dict, a Command, a message or None, not {type(raw).__name__}")


def _fields_of_command(command: Command[Any], view: Mapping[str, Any]) -> Mapping[str, Any]:
    update: dict[str, Any] = dict(command.update or {})
    goto: Sequence[Any] = [command.goto] if isinstance(command.goto, str | Send) else command.goto
    of_targets = [handoff for target in goto if target != END for handoff in _handoffs_to(target, update, view)]
    return {**update, "handoffs": [*(update.get("handoffs") or []), *of_targets]}


def _handoffs_to(target: str | Send, update: Mapping[str, Any], view: Mapping[str, Any]) -> list[dict[str, Any]]:
    name, fields = (target.node, target.arg) if isinstance(target, Send) else (target, update)
    fields = fields if isinstance(fields, Mapping) else {}
    # An embedded team that hands work to its parent graph lists several briefs, each with its receiver under `to`.
    if addressed := [item for item in fields.get("inbox") or () if item.get("to") == name]:
        return [{"to": name, "brief": item["brief"], "payload": item["payload"]} for item in addressed]
    # A plain `goto` has no task: the receiver gets the sender's brief.
    return [{"to": name, "brief": fields.get("brief") or view["brief"], "payload": fields.get("payload")}]


def _is_log_line(item: object) -> bool:
    """Return whether this is a line of an embedded team's `handoffs` output, which is a log, rather than a handoff."""
    return isinstance(item, Mapping) and "from" in item and "state" in item


def _artifacts(raw: object, agent: str) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not all(isinstance(part, str) for pair in raw.items() for part in pair):
        raise HandoffError(f"{agent}: `artifacts` must map each path to the file's text")
    return dict(raw)


def _evidence(raw: Any, agent: str) -> list[dict[str, Any]]:
    items = raw.values() if isinstance(raw, Mapping) else raw or ()
    try:
        return EvidenceSet(items).to_plain()
    except ValidationError as error:
        raise HandoffError(f"{agent}: the evidence is malformed: {describe(error)}") from None


def _shared(fields: Mapping[str, Any], agent: str) -> dict[str, Any]:
    raw = fields.get(CHANNEL) or {}
    if not isinstance(raw, Mapping):
        raise HandoffError(f"{agent}: `{CHANNEL}` must map each name to plain data, not {type(raw).__name__}")
    shared: dict[str, Any] = plain(raw)
    return shared


def _new_messages(fields: Mapping[str, Any], agent: str, view: Mapping[str, Any]) -> list[AnyMessage]:
    # A graph also returns its input messages: the team has them already, or they are briefs.
    input_ids = {message.id for message in view["messages"]}
    messages = [_as_message(item, agent) for item in fields.get("messages") or ()]
    return [message for message in messages if message.id is None or message.id not in input_ids]


def _messages(
    new: Sequence[AnyMessage], fields: Mapping[str, Any], agent: str, handoffs: Sequence[Handoff]
) -> list[AnyMessage]:
    messages = complete_tool_answers(new)
    if messages and isinstance(messages[-1], AIMessage):
        return messages
    receivers = ", ".join(dict.fromkeys(handoff.receiver for handoff in handoffs))
    text = fields.get("summary") or (f"Handed off to {receivers}." if receivers else "Finished.")
    return [*messages, AIMessage(text, name=agent)]


def _as_message(item: Any, agent: str) -> Any:
    """Convert an item to a message; an AIMessage without a name gets that of the agent."""
    if isinstance(item, str):
        return AIMessage(item, name=agent)
    message = item if isinstance(item, BaseMessage) else convert_to_messages([item])[0]
    if isinstance(message, AIMessage) and not message.name:
        return message.model_copy(update={"name": agent})
    return message


def _note(fields: Mapping[str, Any], agent: str, answer: str, artifacts: Mapping[str, str]) -> Note:
    status = str(fields.get("status") or "")
    if status and status not in _STATUSES:
        raise HandoffError(f"{agent}: status must be one of {', '.join(_STATUSES)}, not {status!r}")
    return {
        "time": now(),
        "summary": str(fields.get("summary") or answer),
        "decisions": [str(decision) for decision in fields.get("decisions") or ()],
        "files": [str(path) for path in fields.get("files") or sorted(artifacts)],
        "gotcha": str(fields.get("gotcha") or ""),
        "status": status,
    }
