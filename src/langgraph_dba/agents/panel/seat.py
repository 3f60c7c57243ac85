"""One chair of a panel: who sits in it, and what he may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from langgraph_dba.agents.panel.decision import OTHER, Decision, OccupantKind, Question
from langgraph_dba.agents.panel.topics import canonical_option
from langgraph_dba.errors import InputError

Channel = Literal["requirements", "context", "targets", "engine_facts"]
View = Mapping[str, Any]  # `question` and the seat's channels, as plain data
Answer = Callable[[View], Any]  # gives a Decision, a mapping of its fields, or an Abstention; may be async


@dataclass(frozen=True, slots=True)
class Abstention:
    """An occupant's word that it has nothing to say on a question: the seat is absent, and not asked again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Seat:
    """`sees` names the channels the seat is given beside the question; `occupant` is printed as who sat there."""

    name: str
    role: str
    brief: str
    sees: tuple[Channel, ...]
    answer: Answer
    occupant: str
    kind: OccupantKind

    @property
    def blind(self) -> bool:
        """Whether the seat knows nothing of the project but what is required."""
        return "context" not in self.sees


class Unusable(Exception):
    """What a seat gave is no decision on the question; the message is the reason of its absence."""


def read_answer(raw: object, question: Question) -> Decision:
    """Turn what an occupant gave into a decision on this question; Unusable with the reason if it is none."""
    if raw is None or raw in ("", {}, []):
        raise Unusable("the answer is empty")
    decision = _decision(raw, question)
    if decision.topic != question.topic:
        raise Unusable(f"the answer is about {decision.topic!r}, not {question.topic!r}")
    return decision.model_copy(update={"option": _in_vocabulary(decision.option, question)})


def _in_vocabulary(said: str, question: Question) -> str:
    option = canonical_option(said)
    spelled = {canonical_option(known): known for known in question.options}
    if option in spelled:
        return spelled[option]
    if option.startswith(OTHER) and option != OTHER:
        return option
    raise Unusable(f"{said!r} is not an option: {', '.join(question.options)}, or '{OTHER} …'")


def _decision(raw: object, question: Question) -> Decision:
    if isinstance(raw, Decision):
        return raw
    if not isinstance(raw, Mapping):
        raise Unusable(f"the answer is no decision but {type(raw).__name__}: {str(raw)[:80]!r}")
    try:
        return Decision.model_validate({"topic": question.topic, **raw})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unusable(f"the answer is not a whole decision: {where + ': ' if where else ''}{first['msg']}") from None


def occupied(seat: Seat, occupant: object) -> Seat:
    """Return the seat with somebody else in it: a callable, a ScriptedSeat, or another Seat's occupant.

    What the chair may see stays its own. InputError for a model: those are not available in this version.
    """
    if isinstance(occupant, Seat):
        answer, name, kind = occupant.answer, occupant.occupant, occupant.kind
    elif callable(occupant) and not _is_model(occupant):
        answer, name, kind = occupant, _name_of(occupant), getattr(occupant, "kind", "callable")
    else:
        raise InputError(
            f"{seat.name}: {_shown(occupant)} cannot sit in a seat: models in the seats are not available in this "
            "version. Give a callable, a ScriptedSeat or a Seat, or leave it out for the deterministic analyst"
        )
    return Seat(seat.name, seat.role, seat.brief, seat.sees, answer, name, kind)


def _is_model(occupant: object) -> bool:
    # A chat model of any langchain version has both; a callable of the user's own has neither.
    return hasattr(occupant, "invoke") and hasattr(occupant, "bind_tools")


def _name_of(occupant: object) -> str:
    name = getattr(occupant, "occupant", None)
    return str(name or f"callable: {getattr(occupant, '__name__', type(occupant).__name__)}")


def _shown(occupant: object) -> str:
    return repr(occupant) if isinstance(occupant, str) else type(occupant).__name__
