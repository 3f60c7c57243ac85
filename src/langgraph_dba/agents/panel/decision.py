"""The question to a panel and the answer of a seat: pydantic models, because both come from outside."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Stance = Literal["recommend", "accept", "block"]
OccupantKind = Literal["analyst", "model", "callable", "scripted"]
OTHER = "other:"


class FrozenModel(BaseModel):
    """Base of the models in a graph's state: frozen, and unknown fields are forbidden."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(FrozenModel):
    """One critical question; without `options` all options of the topic are allowed."""

    topic: str
    text: str = ""
    options: tuple[str, ...] = ()


class SeatClaim(FrozenModel):
    """A sentence that a decision is based on; `check` names the check for it, and is empty if there is none."""

    sentence: str = Field(min_length=1)
    check: str = ""


class Decision(FrozenModel):
    """One seat's answer.

    `recommend` is a vote for `option`; `accept` too, but the seat also accepts another option that the others agree on;
    `block` requires that a person decides. `data_loss` requires the same because data would be lost. Both are vetoes
    and need a `reason`. `additions` complement a decision without changing it. `confidence` is a model's statement
    about itself: it is recorded, but never used.
    """

    topic: str
    # The description is part of the JSON schema that an occupant gets.
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
    def _require_reason_of_veto(self) -> Self:
        if self.vetoes and not self.reason.strip():
            raise ValueError("a veto (`block` or `data_loss`) needs a `reason`")
        return self

    @property
    def vetoes(self) -> bool:
        """Return whether a person has to decide."""
        return self.stance == "block" or self.data_loss


class Ballot(FrozenModel):
    """The result of asking one seat: a decision, or the reason why there is none after `attempts`."""

    seat: str
    occupant: str
    kind: OccupantKind
    state: Literal["answered", "absent"]
    reason: str = ""
    attempts: int = Field(1, ge=0)
    decision: Decision | None = None

    @model_validator(mode="after")
    def _require_decision_if_answered(self) -> Self:
        if (self.state == "answered") != (self.decision is not None):
            raise ValueError("a ballot must have a decision if its state is `answered`, and none otherwise")
        return self
