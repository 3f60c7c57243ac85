"""The turn of a team's agent while it runs: its handoff tools find it here, and record what the model hands off.

What is recorded lies in the answers to the model's calls, and so in the agent's own checkpoints: a killed run goes on
without losing a handoff. A node that keeps those answers to itself loses none either: the turn remembers them too.
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
_TURN: ContextVar["OpenTurn | None"] = ContextVar("langgraph_dba_turn", default=None)


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """Where the agent runs (its checkpoint namespace), how its handoffs are checked, and what was recorded so far.

    `check` turns {to, brief, payload} into a Handoff or raises HandoffError; `closed` maps agents that nothing can
    reach in this run to the reason. A record is plain data: {turn, call, to, brief, payload, refused}.
    """

    place: str
    check: Callable[[Mapping[str, Any]], Handoff]
    closed: Mapping[str, str]
    records: list[dict[str, Any]] = field(default_factory=list)

    def record(self, call_id: str, raw: Mapping[str, Any], *, fault: str = "") -> dict[str, Any]:
        """Check and keep one handoff; one with a fault, or that the check refuses, is kept with the reason."""
        kept = {"turn": self.place, "call": call_id, **raw, "refused": fault}
        if not fault:
            try:
                checked = self.check(raw)
                kept |= {"brief": plain(checked.brief), "payload": checked.payload}
            except HandoffError as error:
                kept |= {"refused": str(error)}
        self.records.append(kept)
        return kept

    def recorded(self, messages: Iterable[BaseMessage]) -> list[dict[str, Any]]:
        """Everything the model handed off in this turn, in its order, from the agent's messages and from memory."""
        told = [record for message in messages if (record := record_in(message)) and record["turn"] == self.place]
        # Compared as a whole: some models number their calls anew in each message, so an id may stand for two.
        only_remembered = list(self.records)
        for record in told:
            if record in only_remembered:
                only_remembered.remove(record)
        return [*told, *only_remembered]


class opened:  # noqa: N801  used as a function; a generator's machinery would cost more than the rest of it
    """Make the turn known to the tools that run meanwhile, in threads and tasks of theirs too."""

    __slots__ = ("_token", "_turn")

    def __init__(self, turn: OpenTurn) -> None:
        self._turn = turn

    def __enter__(self) -> OpenTurn:
        self._token = _TURN.set(self._turn)
        return self._turn

    def __exit__(self, *_: object) -> None:
        _TURN.reset(self._token)


def turn_for(config: RunnableConfig) -> OpenTurn | None:
    """Return the turn of the agent that a node works for, or None where that agent's parent graph is no team.

    `config` is that of a node within the agent. An agent deeper down, in a swarm that sits in a team's chair for
    example, has that swarm for its parent.
    """
    turn = _TURN.get()
    namespace = str(config.get("configurable", {}).get("checkpoint_ns", ""))
    return turn if turn and turn.place == _graph_of(namespace) else None


def _graph_of(namespace: str) -> str:
    """Return the namespace of the graph that a task runs in; a bare number counts repeated calls of one graph."""
    parts = namespace.split("|")[:-1]
    while parts and parts[-1].isdigit():
        parts.pop()
    return "|".join(parts)


def artifact_of(record: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Put a record into the form in which a ToolMessage carries it."""
    return {_RECORD: dict(record)} if record else None


def record_in(message: BaseMessage) -> dict[str, Any] | None:
    """Return the record that a message carries."""
    # The type's name first: to ask pydantic whether something is of another class takes a while.
    artifact = message.artifact if message.type == "tool" and isinstance(message, ToolMessage) else None
    found = artifact.get(_RECORD) if isinstance(artifact, Mapping) else None
    return dict(found) if found else None
