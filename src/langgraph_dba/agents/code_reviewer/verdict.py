"""The verdict: findings of rules and of evidence, the score they leave, and what follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from langgraph_dba.agents.code_reviewer.case import Case
from langgraph_dba.agents.kit.shared_results import ReviewRecord
from langgraph_dba.database.rules import find
from langgraph_dba.evidence import Evidence, EvidenceSet, markdown_lines
from langgraph_dba.findings import (
    FORMULA,
    SEVERITIES,
    Band,
    Finding,
    SchemaLocation,
    Severity,
    band,
    by_severity,
    score,
)
from langgraph_dba.findings.renderers import records

Decision = Literal["approved", "returned", "escalated"]
REFUTED = "refuted-evidence"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`findings` come gravest first; `band` says how much work the score asks for."""

    decision: Decision
    score: int
    band: Band
    threshold: int
    round: int
    findings: tuple[Finding, ...]
    evidence: EvidenceSet

    @property
    def sentence(self) -> str:
        """The verdict as it is said."""
        counted = ", ".join(f"{n} {severity}" for severity in SEVERITIES if (n := self._count(severity)))
        return f"{self.decision}: {self.score} of 100 in round {self.round}" + (f" ({counted})" if counted else "")

    def _count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)

    def summary(self) -> ReviewRecord:
        """Return what the next round and the session's result need."""
        return {"score": self.score, "rounds": self.round, "decision": self.decision}

    def record(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {
            **self.summary(),
            "band": self.band,
            "threshold": self.threshold,
            "findings": records(self.findings),
            "evidence": asdict(self.evidence.counts),
        }

    def to_markdown(self) -> str:
        """The verdict for people: the score, each finding with what settles it, and the claims nobody could try."""
        lines = [
            f"# Review: {self.decision}",
            f"Score **{self.score}** of 100 in round {self.round}; {self.threshold} are needed. Formula: `{FORMULA}`.",
            *_findings(self.findings),
            *_evidence(self.evidence),
        ]
        return "\n\n".join(lines) + "\n"


def judge(case: Case, *, threshold: int, rounds: int) -> Verdict:
    """Return the verdict. A refuted claim stops the work whatever the score, and so does a schema nobody could read."""
    refuted = tuple(map(_refuted, case.evidence.refuted))
    ordered = by_severity((*case.obstacles, *refuted, *(find(case.schema) if case.schema else ())))
    points = score(ordered)
    passes = points >= threshold and not refuted and not case.obstacles
    again = bool(case.owner) and case.round < rounds
    decision: Decision = "approved" if passes else "returned" if again else "escalated"
    return Verdict(decision, points, band(points), threshold, case.round, ordered, case.evidence)


def _refuted(item: Evidence) -> Finding:
    return Finding(
        rule=REFUTED,
        severity="critical",
        location=SchemaLocation(constraint=f"{item.proof} on {item.engine}"),
        message=f"{item.claim}: refuted on {item.engine}, {item.reason}",
        help="fix what the counterexample shows and prove the claim again",
    )


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield "No rule found anything, and no claim is refuted."
    for severity in SEVERITIES:
        those = [finding for finding in findings if finding.severity == severity]
        if those:
            yield f"## {severity.capitalize()} ({len(those)})"
            yield "\n".join(f"- `{f.location}` {f.rule}: {f.message}. Instead: {f.help}." for f in those)


def _evidence(evidence: EvidenceSet) -> Iterator[str]:
    yield "## Evidence"
    yield f"Claims: {evidence.counts}."
    if evidence.not_run:
        yield "\n".join(markdown_lines(evidence.not_run))
