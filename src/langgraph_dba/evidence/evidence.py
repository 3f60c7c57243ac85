"""Evidence: the state of one checkable claim on one engine, with a receipt to repeat the check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from langgraph_dba.redaction import redact

State = Literal["supported", "refuted", "not run"]
STATES: tuple[State, ...] = get_args(State)
Strength = Literal["proved", "tested", "measured"]
Key = tuple[str, str, str]
_QUOTED_FAILURES = 3  # one defect may break every table: the rest is only counted


class Receipt(BaseModel):
    """How to repeat a check: the version of the engine, the SQL that ran, and the numbers that it returned.

    `subject` is a digest of the declared schema and the statements: an equal digest means an equal input of the check.
    `again` is the command that repeats the check in the output folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = ""
    sql: tuple[str, ...] = ()
    numbers: dict[str, Any] = Field(default_factory=dict)
    subject: str = ""
    again: str = ""


class Evidence(BaseModel):
    """One claim and its state; `reason` is why it was refuted or not run, or what supports it.

    `strength`: `proved` is a theorem or a fact of the catalogue, `tested` means no counterexample in the attempts that
    the receipt counts, `measured` is a number with noise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    proof: str
    engine: str
    state: State
    strength: Strength = "tested"
    # a reason may quote an error of a driver, which may contain a URL with its password
    reason: Annotated[str, AfterValidator(redact)] = ""
    receipt: Receipt = Receipt()  # shared by all instances: it is frozen

    @property
    def key(self) -> Key:
        """The identity of the check: later evidence with the same key replaces earlier evidence."""
        return self.claim, self.proof, self.engine


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check that ran: any failure refutes the claim.

    `summary` is the reason if there is no failure, `numbers` and `sql` go into the receipt. `untried` is why the check
    saw nothing that could have refuted the claim, such as an empty table: then the claim is `not run`.
    """

    failures: tuple[str, ...]
    summary: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    sql: tuple[str, ...] = ()
    strength: Strength = "tested"
    untried: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that the check named `proof` can refute. Build evidence only with its methods."""

    text: str
    proof: str

    def evidence(
        self, engine: str, result: CheckResult, *, version: str = "", subject: str = "", again: str = ""
    ) -> Evidence:
        """Return the evidence of a check that ran: the first failures are quoted, the rest counted."""
        if result.untried and not result.failures:
            # on this version, with this subject: so that a later run can tell what has changed since
            receipt = Receipt(version=version, numbers=dict(result.numbers), subject=subject, again=again)
            return self.not_run(engine, result.untried, receipt)
        more = len(result.failures) - _QUOTED_FAILURES
        failures = "; ".join(result.failures[:_QUOTED_FAILURES]) + (f"; and {more} more" if more > 0 else "")
        return Evidence(
            claim=self.text,
            proof=self.proof,
            engine=engine,
            state="refuted" if result.failures else "supported",
            strength=result.strength,
            reason=failures if result.failures else result.summary,
            receipt=Receipt(
                version=version, sql=result.sql, numbers=dict(result.numbers), subject=subject, again=again
            ),
        )

    def not_run(self, engine: str, reason: str, receipt: Receipt | None = None) -> Evidence:
        """Return the evidence of a check that could not run, with the reason."""
        receipt = receipt or Receipt()
        return Evidence(
            claim=self.text, proof=self.proof, engine=engine, state="not run", reason=reason, receipt=receipt
        )
