"""The results that agents share with each other and with the session's result: plain data in a channel of its own.

Files are for people and for the command `prove`; no agent parses them to get another agent's result.
"""

from collections.abc import Mapping
from typing import Any, cast

from typing_extensions import TypedDict

from langgraph_dba.agents.panel.verdict import Verdict
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs.runner.rule_states import rule_states
from langgraph_dba.database.request.coverage import Coverage, coverage_of
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.evidence import EvidenceSet
from langgraph_dba.handoffs.plain import read_all

CHANNEL = "shared_results"


class ReviewRecord(TypedDict):
    """The last review: `score` of 100, the number of the round, and the decision."""

    score: int
    rounds: int
    decision: str


class SharedResults(TypedDict, total=False):
    """`schema` is a Schema, designed from `requirements`, `verdicts` a list of Verdict.

    A later result replaces an earlier one of the same name.
    """

    schema: dict[str, Any]
    requirements: dict[str, Any]
    verdicts: list[dict[str, Any]]
    review: ReviewRecord


def results_in(state: Mapping[str, Any]) -> SharedResults:
    """Return the results in a turn or in a graph's state; empty if there are none."""
    return cast("SharedResults", state.get(CHANNEL) or {})


def schema_in(state: Mapping[str, Any]) -> Schema | None:
    """Return the schema that was designed, or None."""
    schema = results_in(state).get("schema")
    return Schema.model_validate(schema) if schema else None


def requirements_in(state: Mapping[str, Any]) -> Requirements | None:
    """Return the requirements of the schema, or those that a run was started with; None if there are none."""
    given = (state.get("current") or {}).get("requirements") or state.get("requirements")
    requirements = results_in(state).get("requirements") or given
    return Requirements.model_validate(requirements) if requirements else None


def coverage_in(state: Mapping[str, Any], evidence: EvidenceSet) -> Coverage | None:
    """Return what stands on each word of the request, or None without requirements."""
    requirements, schema = requirements_in(state), schema_in(state)
    if requirements is None:
        return None
    return coverage_of(requirements, rule_states(schema, evidence) if schema else ())


def verdicts_in(state: Mapping[str, Any]) -> list[Verdict]:
    """Return the panel's verdicts."""
    return read_all(Verdict, results_in(state).get("verdicts", ()))


def review_in(state: Mapping[str, Any]) -> ReviewRecord | None:
    """Return the record of the last review, or None."""
    return results_in(state).get("review")
