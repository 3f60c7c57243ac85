"""The verdict of a review: findings of rules and of evidence, the score, and the decision."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from langgraph_dba.agents.code_reviewer.case import Case
from langgraph_dba.agents.kit.shared_results import ReviewRecord
from langgraph_dba.database.ddl.business_rules.registry import not_enforced_on
from langgraph_dba.database.engines import all_engines, traits_here
from langgraph_dba.database.model.business_rules import NotEnforced
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs.runner.rule_states import PROOF_OF_FORM, rule_states
from langgraph_dba.database.rules import find
from langgraph_dba.evidence import Evidence, EvidenceSet, markdown_lines
from langgraph_dba.findings import (
    FORMULA,
    SEVERITIES,
    Band,
    Finding,
    SchemaLocation,
    band,
    by_severity,
    score,
    severity_counts,
)
from langgraph_dba.findings.renderers import records

ReviewDecision = Literal["approved", "returned", "escalated"]
REFUTED = "refuted-evidence"
UNPROVED = "unproved-claim"
UNENFORCED = "unenforced-rule"
UNPROVED_RULE = "unproved-rule"
NOT_UNDERSTOOD = "words-not-understood"
CONTRADICTED = "contradictory-words"
# a second round cannot change what engines enforce, nor what the request says
_FOR_THE_USER = frozenset({UNENFORCED, UNPROVED_RULE, NOT_UNDERSTOOD, CONTRADICTED})


@dataclass(frozen=True, slots=True)
class ReviewVerdict:
    """The result of a review; `findings` are sorted by severity, `band` is the amount of work for that score."""

    decision: ReviewDecision
    score: int
    band: Band
    threshold: int
    round: int
    findings: tuple[Finding, ...]
    evidence: EvidenceSet

    @property
    def sentence(self) -> str:
        """Return the verdict as one line: decision, score, round and number of findings."""
        counts = severity_counts(self.findings)
        return f"{self.decision}: {self.score} of 100 in round {self.round}" + (f" ({counts})" if counts else "")

    def summary(self) -> ReviewRecord:
        """Return the fields that the next round and the session's result need."""
        return {"score": self.score, "rounds": self.round, "decision": self.decision}

    def record(self) -> dict[str, Any]:
        """Return the verdict as plain data, the content of `review.json`."""
        return {
            **self.summary(),
            "band": self.band,
            "threshold": self.threshold,
            "findings": records(self.findings),
            "evidence": asdict(self.evidence.counts),
        }

    def to_markdown(self) -> str:
        """Return the text of `review.md`: the score, each finding with its fix, and the claims that were not run."""
        lines = [
            f"# Review: {self.decision}",
            f"Score **{self.score}** of 100 in round {self.round}; {self.threshold} are needed. Formula: `{FORMULA}`.",
            *_findings(self.findings),
            *_evidence(self.evidence),
        ]
        return "\n\n".join(lines) + "\n"


def judge(case: Case, *, threshold: int, rounds: int) -> ReviewVerdict:
    """Return the verdict; a refuted claim or an unreadable schema prevents approval with any score.

    Rules that no engine enforces and words that were not understood reduce the score, and do not prevent approval: they
    are for the user.
    """
    # As findings too, so that they reduce the score and are part of the brief to the owner.
    refuted = tuple(map(_refuted_finding, case.evidence.refuted))
    open_claims = (*refuted, *_unproved_findings(case), *_unenforced_findings(case), *_open_words(case))
    own = find(case.schema) if case.schema else ()
    known = {finding.identity() for finding in own}
    handed = (finding for finding in case.handed if finding.identity() not in known)
    ordered = by_severity((*case.obstacles, *open_claims, *own, *handed))
    points = score(ordered)
    of_the_work = score(finding for finding in ordered if finding.rule not in _FOR_THE_USER)
    passes = of_the_work >= threshold and not refuted and not case.obstacles
    # Without an owner there is no agent to return the work to.
    can_return = bool(case.owner) and case.round < rounds
    decision: ReviewDecision = "approved" if passes else "returned" if can_return else "escalated"
    return ReviewVerdict(decision, points, band(points), threshold, case.round, ordered, case.evidence)


def _refuted_finding(item: Evidence) -> Finding:
    return Finding(
        rule=REFUTED,
        severity="critical",
        location=SchemaLocation(constraint=f"{item.proof} on {item.engine}"),
        message=f"{item.claim}: refuted on {item.engine}, {item.reason}",
        help="fix the cause of the counterexample and prove the claim again",
    )


def _unproved_findings(case: Case) -> Iterator[Finding]:
    """Yield a finding for each claim that the schema needs and that no check supports on an engine."""
    if case.schema is None or not len(case.evidence):
        return  # a review of statements alone: nobody claimed anything yet
    if not case.evidence.supported and not case.evidence.refuted:
        message = "no claim is supported on any engine"
        yield Finding(
            rule=UNPROVED,
            severity="critical",
            location=SchemaLocation(),
            message=message,
            help="make an engine usable: `langgraph-dba doctor` says what is missing",
        )
    # once for each proof and engine: the panel asks for the same proof with a claim of its own
    needed = {(item.proof, item.engine): item for item in case.evidence.not_run}
    for item in needed.values():
        if item.proof in needed_proofs(case.schema):
            yield Finding(
                rule=UNPROVED,
                severity="minor",
                location=SchemaLocation(constraint=f"{item.proof} on {item.engine}"),
                message=f"{item.claim}: not run on {item.engine}, {item.reason}",
                help="use an engine on which the claim can be proved, or accept that it is not enforced there",
            )


def _unenforced_findings(case: Case) -> Iterator[Finding]:
    """Yield a finding for each business rule that is not enforced, not on one of the engines, or was not proved."""
    if case.schema is None:
        return
    for rule in case.schema.rules:
        if isinstance(rule, NotEnforced):
            yield _unenforced_finding(rule, "the database")
    for engine in sorted({item.engine for item in case.evidence}.intersection(all_engines())):
        lacks = (not_enforced_on(case.schema, rule, traits_here(engine)) for rule in case.schema.rules)
        yield from (_unenforced_finding(lack, engine) for lack in lacks if lack)
    tried = {item.proof for item in case.evidence}
    for one in rule_states(case.schema, case.evidence):
        if one.state == "not proved" and PROOF_OF_FORM[one.form] in tried:
            yield Finding(
                rule=UNPROVED_RULE,
                severity="minor",
                location=SchemaLocation(constraint=one.id),
                message=f"nothing shows that {one.words!r} is enforced: {one.why}",
                help="change what keeps the proof from trying the rule, or test the rule in the application",
            )


def _unenforced_finding(rule: NotEnforced, where: str) -> Finding:
    return Finding(
        rule=UNENFORCED,
        severity="minor",
        location=SchemaLocation(constraint=rule.id),
        message=f"{where} does not enforce {rule.title!r}: {rule.reason}",
        help=rule.instead,
    )


def _open_words(case: Case) -> Iterator[Finding]:
    """Yield a finding that quotes all words that were not understood, and one for those that contradict others."""
    rewrite = "say it in other words, or write it as a rule in requirements.yaml"
    decide = "say which of the two holds, and remove the other"
    coverage = case.coverage
    for rule, words, state, fix in (
        (NOT_UNDERSTOOD, coverage.words_of("not understood") if coverage else [], "not understood", rewrite),
        (CONTRADICTED, coverage.words_of("contradicted") if coverage else [], "contradicted by another", decide),
    ):
        if words:
            quoted = ", ".join(repr(" ".join(one.split())) for one in words)
            message = f"{len(words)} part{'s' if len(words) > 1 else ''} of the request {state}: {quoted}"
            yield Finding(rule=rule, severity="minor", location=SchemaLocation(), message=message, help=fix)


def needed_proofs(schema: Schema) -> frozenset[str]:
    """Return the proofs whose claims the requirements need: rules of tables, and of tenants if there are any."""
    keys = {"foreign-keys-indexed"} if any(schema.foreign_keys()) else set()
    tenants = {"tenant-isolation"} if schema.isolation else set()
    return frozenset({"catalogue-as-declared", "up-down-up", "relationships", "data-types"} | keys | tenants)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield "There are no findings, and no claim is refuted."
    for severity in SEVERITIES:
        of_severity = [finding for finding in findings if finding.severity == severity]
        if of_severity:
            yield f"## {severity.capitalize()} ({len(of_severity)})"
            yield "\n".join(f"- `{f.location}` {f.rule}: {f.message}. Instead: {f.help}." for f in of_severity)


def _evidence(evidence: EvidenceSet) -> Iterator[str]:
    yield "## Evidence"
    yield f"Claims: {evidence.counts}."
    # supported claims are in evidence.json; what was not run is what a reader must decide without
    if evidence.not_run:
        yield "\n".join(markdown_lines(evidence.not_run))
