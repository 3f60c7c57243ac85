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
    """Add evidence; a later item for the same claim, proof and engine replaces the earlier one."""
    return EvidenceSet(old or ()).merge(new or ()).to_plain()


class WaveOrder(TypedDict):
    """Who runs in the next step, and which log entries make up each one's inbox."""

    step: int
    agents: list[str]
    inbox: dict[str, list[str]]


class Current(TypedDict):
    """The request in hand; `run` counts the requests of this thread from 1."""

    run: int
    request: str
    requirements: dict[str, Any]


class _Shared(TypedDict, total=False):
    """`empty` lists the agents without a node, `not_called` those that could have run in this request and did not.

    `unreachable` lists those that no chain of handoffs leads to.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    artifacts: Annotated[dict[str, str], merge_artifacts]
    evidence: Annotated[list[dict[str, Any]], merge_evidence]
    shared_results: Annotated[dict[str, Any], merge_results]
    log: Annotated[dict[str, Entry], merge_log]
    current: Current
    # Ephemeral: an order that a broken run left behind must not be taken for one by the next request.
    wave: Annotated[WaveOrder, EphemeralValue]
    handoffs: list[dict[str, str]]
    status: str
    reason: str
    empty: list[str]
    not_called: list[str]
    unreachable: list[str]


class TeamState(_Shared, total=False):
    """All channels of a team's own graph; what was asked last time does not linger."""

    request: Annotated[str, EphemeralValue]
    requirements: Annotated[dict[str, Any], EphemeralValue]


class AgentState(_Shared, total=False):
    """What an agent's node reads; in somebody else's graph `request` and `requirements` are that graph's channels."""

    request: str
    requirements: dict[str, Any]
    remaining_steps: RemainingSteps


class TeamInput(TypedDict, total=False):
    """What a team takes: messages, or a request as text, or requirements as plain data, or several of them."""

    messages: Annotated[list[AnyMessage], add_messages]
    request: Annotated[str, EphemeralValue]
    requirements: Annotated[dict[str, Any], EphemeralValue]


class TeamOutput(TypedDict, total=False):
    """What a team gives; the last message is an `AIMessage` that bears its author's name."""

    messages: Annotated[list[AnyMessage], add_messages]
    artifacts: Annotated[dict[str, str], merge_artifacts]
    evidence: Annotated[list[dict[str, Any]], merge_evidence]
    handoffs: list[dict[str, str]]
    status: str
    reason: str
    empty: list[str]
