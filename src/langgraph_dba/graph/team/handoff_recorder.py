"""Record the handoffs that an agent's model makes by tool while the agent runs in a team.

Every record is stored twice. The ToolMessages carry it, and so do the agent's checkpoints: a resumed run loses no
handoff. The recorder has it in memory as well, for a node that does not return its ToolMessages.
"""

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.runnables import RunnableConfig

from langgraph_dba.errors import HandoffError
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.plain import plain

_RECORD = "langgraph_dba_handoff"
# A context variable and no argument: the calls from the agent's node to its tools pass through other packages.
_ACTIVE: ContextVar["HandoffRecorder | None"] = ContextVar("langgraph_dba_recorder", default=None)


@dataclass(frozen=True, slots=True)
class HandoffRecorder:
    """The recorder of one run of an agent, whose checkpoint namespace is `namespace`.

    `check` converts {to, brief, payload} to a Handoff or raises HandoffError; `closed` maps agents that cannot be
    reached in this run to the reason. A record is plain data: {turn, call, to, brief, payload, refused}.
    """

    namespace: str
    check: Callable[[Mapping[str, Any]], Handoff]
    closed: Mapping[str, str]
    records: list[dict[str, Any]] = field(default_factory=list)

    def record(self, call_id: str, raw: Mapping[str, Any], *, fault: str = "") -> dict[str, Any]:
        """Check and record one handoff; if it has a fault or the check refuses it, `refused` has the reason."""
        record = {"turn": self.namespace, "call": call_id, **raw, "refused": fault}
        if not fault:
            try:
                checked = self.check(raw)
                record |= {"brief": plain(checked.brief), "payload": checked.payload}
            except HandoffError as error:
                record |= {"refused": str(error)}
        self.records.append(record)
        return record

    def records_in(self, messages: Iterable[BaseMessage]) -> list[dict[str, Any]]:
        """Return all records of this run in order: those in the agent's messages, then those only in memory."""
        in_messages = [
            record for message in messages if (record := record_in(message)) and record["turn"] == self.namespace
        ]
        # Compare whole records: some models start numbering their calls at 1 in each message, so ids are not unique.
        only_in_memory = list(self.records)
        for record in in_messages:
            if record in only_in_memory:
                only_in_memory.remove(record)
        return [*in_messages, *only_in_memory]


class activate_recorder:  # noqa: N801  a class, because `contextmanager` would take most of the time of this function
    """Make the recorder available to handoff tools inside a `with` block, in threads and tasks started there too."""

    __slots__ = ("_recorder", "_token")

    def __init__(self, recorder: HandoffRecorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> HandoffRecorder:
        self._token = _ACTIVE.set(self._recorder)
        return self._recorder

    def __exit__(self, *_: object) -> None:
        _ACTIVE.reset(self._token)


def recorder_for(config: RunnableConfig) -> HandoffRecorder | None:
    """Return the recorder of the agent that a node belongs to, or None if the agent's parent graph is not a team.

    `config` is that of a node within the agent. The parent of an agent that is nested deeper, for example in a swarm
    that is itself an agent of a team, is that swarm.
    """
    recorder = _ACTIVE.get()
    namespace = str(config.get("configurable", {}).get("checkpoint_ns", ""))
    return recorder if recorder and recorder.namespace == _graph_of(namespace) else None


def _graph_of(namespace: str) -> str:
    """Return the namespace of the graph that a task runs in."""
    parts = namespace.split("|")[:-1]
    while parts and parts[-1].isdigit():  # LangGraph appends a number to count repeated calls of one graph
        parts.pop()
    return "|".join(parts)


def artifact_of(record: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a record as the artifact of a ToolMessage."""
    return {_RECORD: dict(record)} if record else None


def record_in(message: BaseMessage) -> dict[str, Any] | None:
    """Return the record in the artifact of a message, or None."""
    # Compare `type` first: `isinstance` is slow for pydantic classes, and most messages are no ToolMessages.
    artifact = message.artifact if message.type == "tool" and isinstance(message, ToolMessage) else None
    record = artifact.get(_RECORD) if isinstance(artifact, Mapping) else None
    return dict(record) if record else None
