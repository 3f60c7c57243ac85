"""Decide by a weighted score over the requirements alone: the sum over criteria of weight times score.

The weights are judgements, not measurements; they are in the tables below so that they can be reviewed. Scores are from
0 to 1.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from langgraph_dba.agents.database_specialist.analysts.analyst_answers import (
    answer_by_topic,
    decision,
    reads,
    strict_regulations,
    write_share,
)
from langgraph_dba.agents.panel.decision import Decision, Question
from langgraph_dba.agents.panel.seat import Abstention, SeatView
from langgraph_dba.database.requirements.model import Requirements

_QUICK_MS = 50.0
_FEW_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: its weight for given requirements, and the score of each option."""

    name: str
    weight: Callable[[Requirements], float]
    scores: Mapping[str, float]


def _magnitude(requirements: Requirements) -> float:
    return math.log10(max(requirements.scale.tenants, 1))


def _share(requirements: Requirements, holds: Callable[[float | None, int], bool]) -> float:
    """Return the share of the reads' weight for which a condition on service level and column count holds."""
    accesses = reads(requirements)
    total = sum(access.weight for access in accesses)
    matching = sum(access.weight for access in accesses if holds(access.service_level_ms, len(access.columns)))
    return matching / total if total else 0.0


def _searching_share(requirements: Requirements) -> float:
    searching = sum(a.weight for a in reads(requirements) if a.filter or a.range or a.sort)
    total = sum(access.weight for access in requirements.workload)
    return searching / total if total else 0.0


_TENANCY = (
    Criterion(
        "isolation", lambda r: 2.0 + (1.0 if {"gdpr", "soc2"} & set(r.compliance) else 0.0),
        {"shared-schema": 0.7, "schema-per-tenant": 0.85, "database-per-tenant": 1.0},
    ),
    Criterion(
        "compliance", lambda r: 4.0 * len(strict_regulations(r)),
        {"shared-schema": 0.3, "schema-per-tenant": 0.6, "database-per-tenant": 1.0},
    ),
    Criterion(
        "operations cost", lambda r: 1.0 + _magnitude(r),
        {"shared-schema": 1.0, "schema-per-tenant": 0.4, "database-per-tenant": 0.2},
    ),
    Criterion(
        "number of tenants", _magnitude,
        {"shared-schema": 1.0, "schema-per-tenant": 0.3, "database-per-tenant": 0.1},
    ),
    Criterion(
        "analytics across tenants", lambda _: 0.5,
        {"shared-schema": 1.0, "schema-per-tenant": 0.5, "database-per-tenant": 0.1},
    ),
)  # fmt: skip
_INDEXES = (
    Criterion(
        "reads that search", lambda r: 3.0 * _searching_share(r),
        {"foreign-keys": 0.3, "workload": 0.9, "workload-covering": 1.0},
    ),
    Criterion(
        "writes", lambda r: 3.0 * write_share(r),
        {"foreign-keys": 1.0, "workload": 0.5, "workload-covering": 0.2},
    ),
    Criterion(
        "quick answers", lambda r: _share(r, lambda limit, _: limit is not None and limit <= _QUICK_MS),
        {"foreign-keys": 0.2, "workload": 0.8, "workload-covering": 1.0},
    ),
    Criterion(
        "few columns read", lambda r: _share(r, lambda _, columns: 0 < columns <= _FEW_COLUMNS),
        {"foreign-keys": 0.5, "workload": 0.6, "workload-covering": 1.0},
    ),
    Criterion(
        "space and upkeep", lambda _: 1.0,
        {"foreign-keys": 1.0, "workload": 0.7, "workload-covering": 0.3},
    ),
)  # fmt: skip


def decide_by_weights(view: SeatView) -> Decision | Abstention:
    """Answer by the question and the `requirements` only."""
    answers = {
        "tenancy": lambda requirements, question, _: _decide(requirements, question, _TENANCY),
        "index-design": lambda requirements, question, _: _decide(requirements, question, _INDEXES),
    }
    return answer_by_topic(view, answers)


def _decide(requirements: Requirements, question: Question, criteria: tuple[Criterion, ...]) -> Decision:
    weights = {criterion.name: criterion.weight(requirements) for criterion in criteria}
    totals = {
        option: sum(weights[criterion.name] * criterion.scores[option] for criterion in criteria)
        for option in question.options
    }
    # `max` returns the first of equal totals, which is the more conservative option.
    best = max(question.options, key=lambda option: totals[option])
    table = ", ".join(f"{option} {total:.2f}" for option, total in totals.items())
    nonzero = ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items() if weight)
    return decision(question, best, f"scores: {table}; weights: {nonzero}", assumptions=_assumptions(requirements))


def _assumptions(requirements: Requirements) -> tuple[str, ...]:
    return () if requirements.workload else ("no workload was stated: reads and writes have weight 0",)
