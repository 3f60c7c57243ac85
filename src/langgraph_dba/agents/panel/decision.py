"""What a panel is asked, and what one seat answers: outside data, so checked where it comes in."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Stance = Literal["recommend", "accept", "block"]
OccupantKind = Literal["analyst", "model", "callable", "scripted"]
OTHER = "other:"


class Plain(BaseModel):
    """The base of everything that passes through a graph's state: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Plain):
    """One critical decision; without `options` the topic's whole vocabulary may be answered."""

    topic: str
    text: str = ""
    options: tuple[str, ...] = ()


class SeatClaim(Plain):
    """A sentence a decision rests on; `check` names what can check it, and is empty where nothing can."""

    sentence: str = Field(min_length=1)
    check: str = ""


class Decision(Plain):
    """One seat's answer.

    `recommend` speaks for `option`; `accept` does too, and would live with another one that the rest agree on; `block`
    says that nothing may go ahead before a person has looked, and why. `data_loss` says the same of lost data: both are
    vetoes and need a `reason`. `additions` complement a decision without changing it. `confidence` is what a model says
    of itself: kept for the record, never used.
    """

    topic: str
    option: str = Field(min_length=1, description="one of the question's options, or `other:` and a name")
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    claims: tuple[SeatClaim, ...] = ()
    assumptions: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    stance: Stance = "recommend"
    data_loss: bool = False
    reason: str = ""
    additions: tuple[str, ...] = ()
    rationale: str = ""
    confidence: float | None = None

    @model_validator(mode="after")
    def _a_veto_says_why(self) -> Self:
        if self.vetoes and not self.reason.strip():
            raise ValueError("a veto (`block` or `data_loss`) needs a `reason`")
        return self

    @property
    def vetoes(self) -> bool:
        """Whether nothing may go ahead before a person has looked."""
        return self.stance == "block" or self.data_loss


class Ballot(Plain):
    """What came from one seat: a decision, or the reason why there is none after `attempts`."""

    seat: str
    occupant: str
    kind: OccupantKind
    state: Literal["answered", "absent"]
    reason: str = ""
    attempts: int = Field(1, ge=0)
    decision: Decision | None = None

    @model_validator(mode="after")
    def _an_answer_is_a_decision(self) -> Self:
        if (self.state == "answered") != (self.decision is not None):
            raise ValueError("a ballot is answered exactly when it holds a decision")
        return self
