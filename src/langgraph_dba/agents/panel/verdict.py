"""The result of a panel: the graded verdict, and a person's ruling if it was escalated."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, create_model, model_validator

from langgraph_dba.agents.panel.decision import OTHER, Decision, FrozenModel, OccupantKind, Question
from langgraph_dba.evidence import Evidence

Action = Literal["proceed", "integrate", "synthesise", "escalate"]
Status = Literal["proceed", "escalated", "ruled"]
Role = Literal["agrees", "complements", "dissents", "refuted", "absent"]
NOT_CALIBRATED = "nominal, not calibrated"


class Calibration(FrozenModel):
    """The accuracy of a level by recorded outcomes: posterior mean, 90 % interval, and number of outcomes."""

    mean: float
    low: float
    high: float
    n: int


class SeatReport(FrozenModel):
    """One seat in the verdict: its occupant, its answer, and its role relative to the chosen option."""

    name: str
    occupant: str
    kind: OccupantKind
    state: Literal["answered", "absent"]
    role: Role
    reason: str = ""
    attempts: int = 1
    decision: Decision | None = None


class Ruling(FrozenModel):
    """A person's decision on an escalation; `by` names the person who is responsible."""

    option: str
    reason: str = Field(min_length=1)
    by: str = Field(min_length=1)

    @model_validator(mode="after")
    def _require_reason_and_person(self) -> Self:
        if not self.reason.strip() or not self.by.strip():
            raise ValueError("a ruling needs a `reason`, and in `by` the person who is responsible")
        return self


class Verdict(FrozenModel):
    """The panel's graded result.

    `option` is None if no decision was possible; `fallback` is then the most conservative option that is not refuted.
    It is a default, not the panel's decision. `nominal` (percent) is None if an analyst is in any seat. `because` is
    the rule of the level, `chosen` explains how the option was chosen.
    """

    question: Question
    topic: str
    option: str | None
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    level: str
    nominal: int | None
    calibrated: Calibration | None = None
    calibration: str = NOT_CALIBRATED
    action: Action
    status: Status
    because: str
    chosen: str = ""
    fallback: str | None = None
    unproved: bool = False
    dissent: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    seats: tuple[SeatReport, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    ruling: Ruling | None = None

    @property
    def nominal_text(self) -> str:
        """Return the nominal confidence as printed: `90 %`, or `n/a`."""
        return "n/a" if self.nominal is None else f"{self.nominal} %"

    def with_ruling(self, ruling: Ruling) -> Self:
        """Return the verdict with a person's ruling; level, dissent and evidence do not change."""
        changes: dict[str, object] = {
            "option": ruling.option,
            "parameters": {},  # those of the seats belong to the option that the person may have rejected
            "status": "ruled",
            "chosen": f"ruled by {ruling.by}: {ruling.reason}",
            "fallback": None,
            "ruling": ruling,
        }
        return self.model_copy(update=changes)


def ruling_model(options: tuple[str, ...]) -> type[Ruling]:
    """Return the model of a ruling whose `option` is one of these, or `other:` and a name."""

    def check_option(option: str) -> str:
        if option in options or (option.startswith(OTHER) and option.removeprefix(OTHER).strip()):
            return option
        raise ValueError(f"{option!r} is not an option: choose from {', '.join(options)}, or write '{OTHER} …'")

    # A validator and not a Literal: `other:` allows any name. The description is part of the interrupt's JSON schema.
    described = Field(description=f"one of {', '.join(options)}; or {OTHER} and a name")
    return create_model("Ruling", __base__=Ruling, option=(Annotated[str, AfterValidator(check_option)], described))
