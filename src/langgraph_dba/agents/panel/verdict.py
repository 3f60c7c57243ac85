"""What a panel gives: the graded result, and a person's answer where it was escalated."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, create_model, model_validator

from langgraph_dba.agents.panel.decision import OTHER, Decision, OccupantKind, Plain, Question
from langgraph_dba.evidence import Evidence

Action = Literal["proceed", "integrate", "synthesise", "escalate"]
Status = Literal["proceed", "escalated", "ruled"]
Role = Literal["agrees", "complements", "dissents", "refuted", "absent"]
NOT_CALIBRATED = "nominal, not calibrated"


class Calibration(Plain):
    """What recorded outcomes say of a level: the posterior's mean, its 90 % interval, and how many outcomes."""

    mean: float
    low: float
    high: float
    n: int


class SeatReport(Plain):
    """One seat in the verdict: who sat there, what came, and what part it plays beside the option chosen."""

    name: str
    occupant: str
    kind: OccupantKind
    state: Literal["answered", "absent"]
    role: Role
    reason: str = ""
    attempts: int = 1
    decision: Decision | None = None


class Ruling(Plain):
    """A person's answer to an escalation; `by` is who answers for it."""

    option: str
    reason: str = Field(min_length=1)
    by: str = Field(min_length=1)

    @model_validator(mode="after")
    def _says_why_and_who(self) -> Self:
        if not self.reason.strip() or not self.by.strip():
            raise ValueError("a ruling says why (`reason`) and who answers for it (`by`)")
        return self


class Verdict(Plain):
    """The panel's graded result.

    `option` is None where nothing could be decided; `fallback` is then the most conservative option that still stands,
    for whoever must go on regardless: nobody decided for it. `nominal` (percent) is None with an analyst in any seat.
    `because` says which rule gave the level, `chosen` how the option was picked.
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
        """The nominal confidence as printed: `90 %`, or `n/a`."""
        return "n/a" if self.nominal is None else f"{self.nominal} %"

    def ruled(self, ruling: Ruling) -> Self:
        """Return the verdict as a person settled it; level, dissent and evidence stay as they were."""
        changes: dict[str, object] = {
            "option": ruling.option,
            "parameters": {},
            "status": "ruled",
            "chosen": f"ruled by {ruling.by}: {ruling.reason}",
            "fallback": None,
            "ruling": ruling,
        }
        return self.model_copy(update=changes)


def ruling_model(options: tuple[str, ...]) -> type[Ruling]:
    """Return the ruling that an escalation asks for: its `option` is one of these, or `other:` and a name."""

    def known(option: str) -> str:
        if option in options or (option.startswith(OTHER) and option.removeprefix(OTHER).strip()):
            return option
        raise ValueError(f"{option!r} is not an option: choose from {', '.join(options)}, or write '{OTHER} …'")

    listed = Field(description=f"one of {', '.join(options)}; or {OTHER} and a name")
    return create_model("Ruling", __base__=Ruling, option=(Annotated[str, AfterValidator(known)], listed))
