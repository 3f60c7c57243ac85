"""Evidence: what became of a checkable sentence, and the receipt with which anyone can check it again."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from langgraph_dba.redaction import redact

State = Literal["supported", "refuted", "not run"]
Strength = Literal["proved", "tested", "measured"]
_SHOWN = 3


class Receipt(BaseModel):
    """How to check again: the engine's version, the SQL that was run, the numbers it gave, and of what.

    `subject` is a digest of the declared schema and the statements: a rerun with the same digest is about the same
    thing. `again` is the command that runs the check again in the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = ""
    sql: tuple[str, ...] = ()
    numbers: dict[str, Any] = Field(default_factory=dict)
    subject: str = ""
    again: str = ""


class Evidence(BaseModel):
    """One claim and its state; `reason` says why a claim was refuted or not run, and what supports it otherwise.

    `strength`: `proved` is a theorem or a catalogue fact, `tested` found no counterexample in what the receipt says was
    tried, `measured` is a number with its noise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    proof: str
    engine: str
    state: State
    strength: Strength = "tested"
    reason: Annotated[str, AfterValidator(redact)] = ""
    receipt: Receipt = Receipt()


def judged(
    claim: str,
    proof: str,
    engine: str,
    failures: Sequence[str],
    *,
    summary: str,
    strength: Strength = "tested",
    receipt: Receipt,
) -> Evidence:
    """Return evidence of a check that ran: refuted by any failure (the first are shown, the rest counted)."""
    more = len(failures) - _SHOWN
    shown = "; ".join(failures[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return Evidence(
        claim=claim,
        proof=proof,
        engine=engine,
        state="refuted" if failures else "supported",
        strength=strength,
        reason=shown if failures else summary,
        receipt=receipt,
    )


def not_run(claim: str, proof: str, engine: str, reason: str) -> Evidence:
    """Return evidence of a check that could not run, with what stood in its way."""
    return Evidence(claim=claim, proof=proof, engine=engine, state="not run", reason=reason)
