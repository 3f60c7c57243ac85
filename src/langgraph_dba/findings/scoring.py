"""The score of a reviewed schema: 100 minus the weight of each finding, at least 0."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from langgraph_dba.findings.finding import Finding
from langgraph_dba.findings.severity import Severity

Band = Literal["approved", "minor", "moderate", "rework"]

WEIGHTS: Mapping[Severity, int] = MappingProxyType({"critical": 25, "major": 10, "minor": 3, "nit": 1})
BANDS: tuple[tuple[int, Band], ...] = ((90, "approved"), (80, "minor"), (70, "moderate"), (0, "rework"))
FORMULA = "100 - " + " - ".join(f"{weight} x {severity}" for severity, weight in WEIGHTS.items()) + ", at least 0"


def score(findings: Iterable[Finding]) -> int:
    """Return the score of these findings, from 0 to 100."""
    return max(0, 100 - sum(WEIGHTS[finding.severity] for finding in findings))


def band(points: int) -> Band:
    """Return the band of a score, from `approved` (90 and more) to `rework` (below 70)."""
    return next(name for least, name in BANDS if points >= least)
