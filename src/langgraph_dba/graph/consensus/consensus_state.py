"""The consensus graph's channels: plain data; a seat's input schema lists only the channels that it may see.

The input channels are ephemeral: they hold a value for the first step only, in which the seats read them. A later
question on the same thread therefore cannot see the input of an earlier one. `record` stores it for the later nodes.
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
    """Add or replace ballots by seat."""
    # Every seat writes a ballot for every question, so no ballot of an earlier question remains.
    return {**(old or {}), **(new or {})}


class ConsensusInput(TypedDict, total=False):
    """The graph's input: `question` is {topic, text, options}, of which text and options are optional.

    `requirements`, `context` and `engine_facts` are mappings, `targets` is a list of engine names; all plain data.
    """

    question: Asked
    requirements: Asked
    context: Asked
    targets: Targets
    engine_facts: Asked


class AfterSeats(TypedDict, total=False):
    """The input of the nodes after the seats."""

    record: dict[str, Any]
    # With a reducer, because all seats write to it in the same step.
    answers: Annotated[dict[str, dict[str, Any]], merge_answers]
    ballots: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    verdict: dict[str, Any]


class ConsensusState(ConsensusInput, AfterSeats, total=False):
    """All channels of the graph."""


class ConsensusOutput(TypedDict, total=False):
    """The graph's output as plain data: a Verdict, the Ballots in the panel's order, and the Evidence."""

    verdict: dict[str, Any]
    ballots: list[dict[str, Any]]
    evidence: list[dict[str, Any]]


def seat_input(seat: Seat) -> type:
    """Return the input schema of a seat's node: the question and the channels in `seat.sees`."""
    names = ("question", *seat.sees)
    make_typed_dict: Any = TypedDict  # mypy supports only literal fields, and these depend on the seat
    schema: type = make_typed_dict(f"{seat.name}Input", {name: CHANNELS[name] for name in names}, total=False)
    return schema
