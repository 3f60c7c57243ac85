"""What an agent's node gave back, turned into checked handoffs and plain data."""

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
from langgraph_dba.graph.team.handoff_recorder import OpenTurn
from langgraph_dba.graph.team.tool_answers import paired
from langgraph_dba.handoffs.contracts import describe
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import Note, Refusal, Status
from langgraph_dba.handoffs.plain import plain

_STATUSES = get_args(Status)


class Result(NamedTuple):
    """One run's yield; `messages` end with an `AIMessage` that bears the agent's name.

    `refused` holds what the agent's model tried to hand off and was told it may not.
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
    tools: OpenTurn,
    read_handoff: Callable[[Handoff | Mapping[str, Any]], Handoff],
) -> Result:
    """Read what a node gave back.

    That is `{handoffs, messages, artifacts, evidence, shared_results, status, summary, decisions, files, gotcha}`, all
    optional. A text or a message stands for an answer without handoffs, a `Command` for its update with one handoff to
    each target; what the agent's model handed off by tool comes first. Raises HandoffError for a shape that is none of
    these, and what `read_handoff` raises.
    """
    agent = view["agent"]
    fields = _fields(raw, agent, view)
    new = _new_messages(fields, agent, view)
    recorded = tools.recorded(new)
    given = [item for item in fields.get("handoffs") or () if not _is_record(item)]
    called = [{key: item[key] for key in ("to", "brief", "payload")} for item in recorded if not item["refused"]]
    handoffs = tuple(read_handoff(item) for item in (*called, *given))
    refused = tuple(Refusal(item["to"], item["refused"]) for item in recorded if item["refused"])
    artifacts = _artifacts(made, agent) if (made := fields.get("artifacts")) else {}
    messages = _messages(new, fields, agent, handoffs)
    return Result(
        handoffs,
        refused,
        messages,
        artifacts,
        evidence=_evidence(fields.get("evidence"), agent),
        shared_results=_shared(fields, agent),
        note=_note(fields, agent, str(messages[-1].text), artifacts),
    )


def now() -> str:
    """The moment at which an entry is logged, in ISO form; a merged entry keeps its first."""
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
    raise HandoffError(f"{agent}: a node gives a dict, a Command, a message or None, not {type(raw).__name__}")


def _fields_of_command(command: Command[Any], view: Mapping[str, Any]) -> Mapping[str, Any]:
    update: dict[str, Any] = dict(command.update or {})
    goto: Sequence[Any] = [command.goto] if isinstance(command.goto, str | Send) else command.goto
    sent = [handoff for target in goto if target != END for handoff in _handoffs_to(target, update, view)]
    return {**update, "handoffs": [*(update.get("handoffs") or []), *sent]}


def _handoffs_to(target: str | Send, update: Mapping[str, Any], view: Mapping[str, Any]) -> list[dict[str, Any]]:
    name, given = (target.node, target.arg) if isinstance(target, Send) else (target, update)
    given = given if isinstance(given, Mapping) else {}
    # What an embedded team hands out of itself says for whom each brief is.
    if addressed := [item for item in given.get("inbox") or () if item.get("to") == name]:
        return [{"to": name, "brief": item["brief"], "payload": item["payload"]} for item in addressed]
    # A bare `goto` says nothing about the task: then the receiver goes on with what the sender was asked.
    return [{"to": name, "brief": given.get("brief") or view["brief"], "payload": given.get("payload")}]


def _is_record(item: object) -> bool:
    """Whether this is a line of an embedded team's own log, which has run its course, rather than a handoff."""
    return isinstance(item, Mapping) and "from" in item and "state" in item


def _artifacts(raw: object, agent: str) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not all(isinstance(part, str) for pair in raw.items() for part in pair):
        raise HandoffError(f"{agent}: artifacts map a path to the file's text")
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
        raise HandoffError(f"{agent}: {CHANNEL} maps a name to plain data, not {type(raw).__name__}")
    shared: dict[str, Any] = plain(raw)
    return shared


def _new_messages(fields: Mapping[str, Any], agent: str, view: Mapping[str, Any]) -> list[AnyMessage]:
    # A graph gives back the messages it was given: those are the team's already, or briefs.
    seen = {message.id for message in view["messages"]}
    given = [_as_message(item, agent) for item in fields.get("messages") or ()]
    return [message for message in given if message.id is None or message.id not in seen]


def _messages(
    new: Sequence[AnyMessage], fields: Mapping[str, Any], agent: str, handoffs: Sequence[Handoff]
) -> list[AnyMessage]:
    messages = paired(new)
    if messages and isinstance(messages[-1], AIMessage):
        return messages
    following = ", ".join(dict.fromkeys(handoff.receiver for handoff in handoffs))
    text = fields.get("summary") or (f"Handed off to {following}." if following else "Finished.")
    return [*messages, AIMessage(text, name=agent)]


def _as_message(item: Any, agent: str) -> Any:
    """Read a message; what the agent says without a name is said in its own."""
    if isinstance(item, str):
        return AIMessage(item, name=agent)
    message = item if isinstance(item, BaseMessage) else convert_to_messages([item])[0]
    if isinstance(message, AIMessage) and not message.name:
        return message.model_copy(update={"name": agent})
    return message


def _note(fields: Mapping[str, Any], agent: str, said: str, artifacts: Mapping[str, str]) -> Note:
    status = str(fields.get("status") or "")
    if status and status not in _STATUSES:
        raise HandoffError(f"{agent}: status must be one of {', '.join(_STATUSES)}, not {status!r}")
    return {
        "time": now(),
        "summary": str(fields.get("summary") or said),
        "decisions": [str(decision) for decision in fields.get("decisions") or ()],
        "files": [str(path) for path in fields.get("files") or sorted(artifacts)],
        "gotcha": str(fields.get("gotcha") or ""),
        "status": status,
    }
