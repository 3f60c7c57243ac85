"""The specialist's channels: its input, its output, and what its steps pass to each other; plain data."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.channels import EphemeralValue
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

PlainDict = dict[str, Any]


class SpecialistInput(TypedDict, total=False):
    """The specialist's input: messages, or a request as text, or requirements as plain data.

    A team also passes returned work, the files so far, the agents that the specialist may hand off to, and the names of
    their contracts.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    # Ephemeral: a thread is used again, and the next request must not see the task or the inbox of the last one.
    request: Annotated[str, EphemeralValue]
    requirements: Annotated[PlainDict, EphemeralValue]
    inbox: Annotated[list[PlainDict], EphemeralValue]
    hands_off_to: Annotated[list[str], EphemeralValue]
    receiver_contracts: Annotated[dict[str, str], EphemeralValue]
    artifacts: dict[str, str]
    shared_results: PlainDict


class SpecialistOutput(TypedDict, total=False):
    """The specialist's output; the last message is an `AIMessage` that has its name.

    The message is a summary; if the task came from a conversation, it also has the SQL for the first engine.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    artifacts: dict[str, str]
    shared_results: PlainDict
    evidence: list[PlainDict]
    handoffs: list[PlainDict]
    decisions: list[str]
    summary: str
    status: str


class SpecialistState(SpecialistInput, SpecialistOutput, total=False):
    """All channels; `question` to `verdict` are those of the consensus graph."""

    accepted_requirements: PlainDict
    receivers: dict[str, str]
    in_conversation: bool
    waiting: list[PlainDict]
    question: PlainDict
    context: PlainDict
    targets: PlainDict
    engine_facts: PlainDict
    verdict: PlainDict
    verdicts: list[PlainDict]
    schema: PlainDict
    round: int
    changes: list[str]
    # of a database that exists
    statements: dict[str, str]
    findings: list[PlainDict]
    notes: list[str]
