"""The result of a session, and its summary as written to `session.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from langgraph_dba.agents.kit.shared_results import coverage_in, review_in, schema_in, verdicts_in
from langgraph_dba.agents.panel.verdict import Verdict
from langgraph_dba.agents.team.team_diagram import svg_text
from langgraph_dba.database import session_files
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs.runner.rule_states import RuleState, rule_states
from langgraph_dba.database.request.coverage import Coverage
from langgraph_dba.evidence import Counts, Evidence, EvidenceSet
from langgraph_dba.handoffs.plain import plain


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class SchemaPart(_Part):
    """The names of the tables, in the order in which they are created, and the state of each business rule."""

    tables: list[str] = Field(default_factory=list)
    rules: list[RuleState] = Field(default_factory=list)


class ReviewPart(_Part):
    """The last score (None: there was no review) and the number of review rounds."""

    score: int | None = None
    rounds: int = 0


class DecisionPart(_Part):
    """The panel's decision on one topic; `nominal` is None if a seat was occupied by an analyst."""

    topic: str
    option: str | None
    level: str
    nominal: int | None
    calibrated: dict[str, Any] | None


class SessionSummary(_Part):
    """The contents of `session.json`."""

    status: str
    coverage: Coverage | None = None  # None: there are no requirements
    schema_: SchemaPart = Field(alias="schema")  # `schema` is an attribute of BaseModel
    evidence: Counts
    review: ReviewPart
    handoffs: list[dict[str, str]]
    decisions: list[DecisionPart]
    durations_s: dict[str, float]
    reason: str = ""
    empty_chairs: list[str] = Field(default_factory=list)
    not_called: list[str] = Field(default_factory=list)
    unreachable: list[str] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SessionResult:
    """`status` is completed, unproved (no claim is supported), escalated or stopped.

    `summary` is the content of `session.json`, `artifacts` the text of every file by its path relative to `out`.
    """

    status: str
    out: Path
    summary: dict[str, Any]
    evidence: tuple[Evidence, ...]
    artifacts: dict[str, str]

    @property
    def exit_code(self) -> int:
        """Return 1 if a claim was refuted, none is supported, the run was stopped or an escalation is open, else 0."""
        return int(self.status != "completed" or self.summary["evidence"]["refuted"] > 0)


def result_of(state: Mapping[str, Any], out: Path, durations: Mapping[str, float]) -> SessionResult:
    """Return the result of a run from its graph's last state; `durations` are seconds by agent."""
    artifacts: dict[str, str] = dict(state.get("artifacts") or {})
    evidence = EvidenceSet(state.get("evidence") or ())
    review, schema = review_in(state), schema_in(state)
    # From the state and not from the artifacts, which are texts for people.
    requirements = (state.get("current") or {}).get("requirements") or {}
    status, reason = state.get("status", "stopped"), state.get("reason") or ""
    # also instead of `escalated`: no ruling can repair an engine that cannot be used
    if not evidence.supported and (status == "completed" or len(evidence)):
        status, reason = "unproved", "; ".join(filter(None, ("no claim is supported on any engine", reason)))
    summary = SessionSummary(
        status=status,
        coverage=coverage_in(state, evidence),
        schema_=_schema_part(schema, evidence),
        evidence=evidence.counts,
        review=ReviewPart(score=review["score"], rounds=review["rounds"]) if review else ReviewPart(),
        handoffs=_handoffs(state.get("handoffs") or ()),
        decisions=[_decision(verdict) for verdict in verdicts_in(state)],
        durations_s=dict(durations),
        reason=reason,
        empty_chairs=list(state.get("empty") or ()),
        not_called=list(state.get("not_called") or ()),
        unreachable=list(state.get("unreachable") or ()),
        assumptions=list(requirements.get("assumptions") or ()),
    )
    if find_spec("mmdr") and session_files.DIAGRAM in artifacts:  # of the extra `report`
        artifacts[session_files.PICTURE] = svg_text(artifacts[session_files.DIAGRAM])
    artifacts[session_files.EVIDENCE] = session_files.evidence_text(evidence)
    artifacts[session_files.SESSION] = session_files.json_text(plain(summary))
    return SessionResult(summary.status, out, plain(summary), tuple(evidence), artifacts)


def _schema_part(schema: Schema | None, evidence: EvidenceSet) -> SchemaPart:
    if schema is None:
        return SchemaPart()
    return SchemaPart(tables=[table.name for table in schema.tables], rules=rule_states(schema, evidence))


def _handoffs(log: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    keys = ("from", "to", "contract", "kind", "state", "reason")
    return [{key: line.get(key) or "" for key in keys} for line in log]


def _decision(verdict: Verdict) -> DecisionPart:
    return DecisionPart(
        topic=verdict.topic,
        option=verdict.option,
        level=verdict.level,
        nominal=verdict.nominal,
        calibrated=verdict.calibrated.model_dump() if verdict.calibrated else None,
    )
