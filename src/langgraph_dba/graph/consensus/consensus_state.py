"""The consensus graph's channels: plain data, what is asked kept apart from what a seat may not see.

What is asked lives for the first step alone, in which the seats read it: nothing of an earlier question, answered or
abandoned, can linger on the thread and reach a seat. `record` keeps it for the nodes that follow.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from langgraph.channels import EphemeralValue
from typing_extensions import TypedDict

from langgraph_dba.agents.panel.seat import Seat

Asked = Annotated[dict[str, Any], EphemeralValue]
Targets = Annotated[list[str] | dict[str, Any], EphemeralValue]
CHANNELS: Mapping[str, Any] = {
    "question": Asked,
    "requirements": Asked,
    "context": Asked,
    "targets": Targets,
    "engine_facts": Asked,
}


def merge_answers(
    old: dict[str, dict[str, Any]] | None, new: dict[str, dict[str, Any]] | None
) -> dict[str, dict[str, Any]]:
    """Put each seat's ballot in its place; every seat writes one for every question, so none is left from before."""
    return {**(old or {}), **(new or {})}


class ConsensusInput(TypedDict, total=False):
    """What is asked: `question` is {topic, text, options} with the text and options left out at will.

    `requirements`, `context` and `engine_facts` are mappings, `targets` a list of engine names; all plain data.
    """

    question: Asked
    requirements: Asked
    context: Asked
    targets: Targets
    engine_facts: Asked


class ConsensusState(ConsensusInput, total=False):
    """All channels."""

    record: dict[str, Any]
    answers: Annotated[dict[str, dict[str, Any]], merge_answers]
    ballots: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    verdict: dict[str, Any]


class AfterSeats(TypedDict, total=False):
    """What the nodes behind the seats read."""

    record: dict[str, Any]
    answers: Annotated[dict[str, dict[str, Any]], merge_answers]
    ballots: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    verdict: dict[str, Any]


class ConsensusOutput(TypedDict, total=False):
    """What is given: a Verdict, the Ballots in the panel's order, and the Evidence, as plain data."""

    verdict: dict[str, Any]
    ballots: list[dict[str, Any]]
    evidence: list[dict[str, Any]]


def seat_input(seat: Seat) -> type:
    """Return the input schema of a seat's node: the question and what the seat may see, and no other channel."""
    names = ("question", *seat.sees)
    make: Any = TypedDict  # the fields are the seat's own; a type checker knows only those that are written out
    schema: type = make(f"{seat.name}Input", {name: CHANNELS[name] for name in names}, total=False)
    return schema
