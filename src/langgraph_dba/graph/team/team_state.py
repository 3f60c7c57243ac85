"""The state of a team's graph: plain data, with a reducer on every channel that parallel agents write."""

from collections.abc import Mapping
from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.channels import EphemeralValue
from langgraph.graph.message import add_messages
from langgraph.managed import RemainingSteps
from typing_extensions import TypedDict

from langgraph_dba.evidence import EvidenceSet
from langgraph_dba.handoffs.log import Entry, merge_log


def merge_artifacts(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> dict[str, str]:
    """Add files by path; the newer text replaces the older."""
    return {**(old or {}), **(new or {})}


def merge_results(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Add results by name; the newer one replaces the older."""
    return {**(old or {}), **(new or {})}


def merge_evidence(old: list[dict[str, Any]] | None, new: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Add evidence; a newer item for the same claim, proof and engine replaces the older one."""
    return EvidenceSet(old or ()).merge(new or ()).to_plain()


class WaveOrder(TypedDict):
    """The agents that run in the next step, and the keys of the log entries in the inbox of each."""

    step: int
    agents: list[str]
    inbox: dict[str, list[str]]


class CurrentRequest(TypedDict):
    """The request that is being worked on; `run` counts the requests of this thread from 1."""

    run: int
    request: str
    requirements: dict[str, Any]


class _Shared(TypedDict, total=False):
    """Channels of every node: `empty` lists the agents without a node, `not_called` those that could have run.

    `unreachable` lists those that no chain of handoffs leads to.
    """

    # Channels that agents of one wave write in parallel need a reducer: two writers of a channel without one make
    # `get_state`, `invoke(None)` and every later request of the thread raise.

    messages: Annotated[list[AnyMessage], add_messages]
    artifacts: Annotated[dict[str, str], merge_artifacts]
    evidence: Annotated[list[dict[str, Any]], merge_evidence]
    shared_results: Annotated[dict[str, Any], merge_results]
    log: Annotated[dict[str, Entry], merge_log]
    current: CurrentRequest
    # Ephemeral: the next request must not run the wave of a run that was aborted.
    wave: Annotated[WaveOrder, EphemeralValue]
    handoffs: list[dict[str, str]]
    status: str
    reason: str
    empty: list[str]
    not_called: list[str]
    unreachable: list[str]


class TeamState(_Shared, total=False):
    """All channels of a team's own graph; `request` and `requirements` hold a value for the first step only."""

    request: Annotated[str, EphemeralValue]
    requirements: Annotated[dict[str, Any], EphemeralValue]


class AgentState(_Shared, total=False):
    """The input of an agent's node; after `add_agents`, `request` and `requirements` are channels of the host graph."""

    request: str
    requirements: dict[str, Any]
    remaining_steps: RemainingSteps


class TeamInput(TypedDict, total=False):
    """A team's input: messages, a request as text, requirements as plain data, or several of them."""

    messages: Annotated[list[AnyMessage], add_messages]
    request: Annotated[str, EphemeralValue]
    requirements: Annotated[dict[str, Any], EphemeralValue]


class TeamOutput(TypedDict, total=False):
    """A team's output; the last message is an `AIMessage` that has its author's name."""

    messages: Annotated[list[AnyMessage], add_messages]
    artifacts: Annotated[dict[str, str], merge_artifacts]
    evidence: Annotated[list[dict[str, Any]], merge_evidence]
    handoffs: list[dict[str, str]]
    status: str
    reason: str
    empty: list[str]
