"""Evidence: what became of a checkable sentence, and the receipt with which anyone can check it again."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["supported", "refuted", "not run"]
Strength = Literal["proved", "tested", "measured"]


class Receipt(BaseModel):
    """How to check again: the engine's version, the SQL that was run, and the numbers it gave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = ""
    sql: tuple[str, ...] = ()
    numbers: dict[str, Any] = Field(default_factory=dict)


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
    reason: str = ""
    receipt: Receipt = Receipt()
