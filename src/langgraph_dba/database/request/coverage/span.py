"""Spans of a request with their states, and the counts of them."""

from collections.abc import Sequence
from typing import Literal, Protocol, get_args

from pydantic import BaseModel, ConfigDict

CoverageState = Literal[
    "enforced",
    "modelled",
    "allowed",
    "assumed",
    "not enforced",
    "contradicted",
    "withdrawn",
    "not about data",
    "not understood",
]
STATES: tuple[CoverageState, ...] = get_args(CoverageState)


class Span(BaseModel):
    """Words of a request and their state; `start` is the position of the first character, -1 if they are not in it.

    `form` is the form of a rule, or the kind of part that cites the words; `rule` is its name.
    """

    model_config = ConfigDict(frozen=True)

    words: str
    start: int
    state: CoverageState
    form: str = ""
    rule: str = ""
    reason: str = ""

    @property
    def end(self) -> int:
        """Return the position after the last character."""
        return self.start + len(self.words)


class Coverage(BaseModel):
    """The spans of a request in the order of the text; without a text, `absent` says why there are none."""

    model_config = ConfigDict(frozen=True)

    counts: dict[CoverageState, int]
    spans: list[Span]
    absent: str = ""

    def words_of(self, state: CoverageState) -> list[str]:
        """Return the words of all spans in a state."""
        return [span.words for span in self.spans if span.state == state]


class RuleOutcome(Protocol):
    """What is known about a rule after the proofs: see `rule_states`."""

    @property
    def id(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def why(self) -> str: ...


def counted(spans: Sequence[Span], absent: str = "") -> Coverage:
    """Return the spans in the order of the text, with the number of each state."""
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    counts = {state: sum(span.state == state for span in ordered) for state in STATES}
    return Coverage(counts={state: number for state, number in counts.items() if number}, spans=ordered, absent=absent)
