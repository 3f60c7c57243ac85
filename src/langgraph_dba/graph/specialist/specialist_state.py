"""The specialist's channels: what it takes, what it gives, and what its steps leave for each other; plain data."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.channels import EphemeralValue
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

Plain = dict[str, Any]


class SpecialistInput(TypedDict, total=False):
    """What the specialist takes: messages, or a request as text, or requirements as plain data.

    The rest comes from a team: work that was returned, the files so far, and whom the specialist may hand off to, with
    the contracts that these take.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    request: Annotated[str, EphemeralValue]
    requirements: Annotated[Plain, EphemeralValue]
    inbox: Annotated[list[Plain], EphemeralValue]
    hands_off_to: Annotated[list[str], EphemeralValue]
    receiver_contracts: Annotated[dict[str, str], EphemeralValue]
    artifacts: dict[str, str]
    shared_results: Plain


class SpecialistOutput(TypedDict, total=False):
    """What it gives; the last message is an `AIMessage` in its name.

    It sums up, and to what was asked in a conversation it adds the statements for the first engine.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    artifacts: dict[str, str]
    shared_results: Plain
    evidence: list[Plain]
    handoffs: list[Plain]
    decisions: list[str]
    summary: str
    status: str


class SpecialistState(SpecialistInput, SpecialistOutput, total=False):
    """All channels; `question` to `verdict` are the panel's."""

    asked: Plain
    receivers: dict[str, str]
    in_conversation: bool
    waiting: list[Plain]
    question: Plain
    context: Plain
    targets: Plain
    engine_facts: Plain
    verdict: Plain
    verdicts: list[Plain]
    schema: Plain
    round: int
    changes: list[str]
