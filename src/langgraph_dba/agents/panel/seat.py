"""One seat of a panel: its occupant, and the channels that it may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from langgraph_dba.agents.panel.decision import OTHER, Decision, OccupantKind, Question
from langgraph_dba.agents.panel.topics import canonical_option
from langgraph_dba.errors import InputError

Channel = Literal["requirements", "context", "targets", "engine_facts"]
SeatView = Mapping[str, Any]  # `question` and the seat's channels, as plain data
Answer = Callable[[SeatView], Any]  # returns a Decision, a mapping of its fields, or an Abstention; may be async


@dataclass(frozen=True, slots=True)
class Abstention:
    """Returned by an occupant that does not answer a question: the seat is absent, without a second attempt."""

    reason: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat; `sees` names the channels that it gets beside the question, `occupant` is printed in the record."""

    name: str
    role: str
    brief: str
    sees: tuple[Channel, ...]
    answer: Answer
    occupant: str
    kind: OccupantKind

    @property
    def blind(self) -> bool:
        """Return whether the seat sees only the requirements, not the project's context."""
        return "context" not in self.sees


class UnusableAnswer(Exception):
    """Raised if an answer is no decision on the question; the message is the reason why the seat is absent."""


def read_answer(raw: object, question: Question) -> Decision:
    """Convert an occupant's answer to a decision on the question; UnusableAnswer with the reason if it is none."""
    if raw is None or raw in ("", {}, []):
        raise UnusableAnswer("the answer is empty")
    decision = _decision(raw, question)
    # A decision on another topic could have an option of the same name.
    if decision.topic != question.topic:
        raise UnusableAnswer(f"the answer is about {decision.topic!r}, not {question.topic!r}")
    return decision.model_copy(update={"option": _in_vocabulary(decision.option, question)})


def _in_vocabulary(answer: str, question: Question) -> str:
    # Models vary case, hyphens and underscores of an option: compare a canonical form.
    option = canonical_option(answer)
    by_canonical = {canonical_option(known): known for known in question.options}
    if option in by_canonical:
        return by_canonical[option]
    if option.startswith(OTHER) and option != OTHER:
        return option
    raise UnusableAnswer(f"{answer!r} is not an option: use {', '.join(question.options)}, or '{OTHER} …'")


def _decision(raw: object, question: Question) -> Decision:
    if isinstance(raw, Decision):
        return raw
    if not isinstance(raw, Mapping):
        raise UnusableAnswer(f"the answer is no decision but {type(raw).__name__}: {str(raw)[:80]!r}")
    try:
        return Decision.model_validate({"topic": question.topic, **raw})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        field = f"{where}: " if where else ""
        raise UnusableAnswer(f"the answer is not a valid decision: {field}{first['msg']}") from None


def with_occupant(seat: Seat, occupant: object) -> Seat:
    """Return the seat with another occupant: a callable, a ScriptedSeat, or the occupant of another Seat.

    The channels that the seat sees do not change. InputError for a model: this version has no models in seats.
    """
    if isinstance(occupant, Seat):
        answer, name, kind = occupant.answer, occupant.occupant, occupant.kind
    elif callable(occupant) and not _is_model(occupant):
        answer, name, kind = occupant, _name_of(occupant), getattr(occupant, "kind", "callable")
    else:
        raise InputError(
            f"{seat.name}: {_display(occupant)} cannot occupy a seat: models in the seats are not available in this "
            "version. Pass a callable, a ScriptedSeat or a Seat, or leave it out for the deterministic analyst"
        )
    return Seat(seat.name, seat.role, seat.brief, seat.sees, answer, name, kind)


def _is_model(occupant: object) -> bool:
    # Chat models of all langchain versions have both attributes, a user's own callable has neither.
    return hasattr(occupant, "invoke") and hasattr(occupant, "bind_tools")


def _name_of(occupant: object) -> str:
    name = getattr(occupant, "occupant", None)
    return str(name or f"callable: {getattr(occupant, '__name__', type(occupant).__name__)}")


def _display(occupant: object) -> str:
    return repr(occupant) if isinstance(occupant, str) else type(occupant).__name__
