"""Decide by rules over the requirements and the project's context; the first rule that applies decides.

These keys of the context are used, all optional: `existing_tenancy` and `existing_indexes` (an option each), `engines`
(names), `team_size` (people who run the database), `constraints` (such as `no-row-level-security`).
"""

from collections.abc import Iterator
from typing import Any

from langgraph_dba.agents.database_specialist.analysts.analyst_answers import (
    answer_by_topic,
    decision,
    reads,
    strict_regulations,
    tenants_of,
    write_share,
)
from langgraph_dba.agents.panel.decision import Decision, Question
from langgraph_dba.agents.panel.seat import Abstention, SeatView
from langgraph_dba.database.engines import ENGINES, traits_of
from langgraph_dba.database.engines.facts import NO_ROW_LEVEL_SECURITY
from langgraph_dba.database.requirements.model import Requirements

_FEW_TENANTS, _MANY_TENANTS = 50, 500
_SMALL_TEAM = 2
_TIGHT_MS = 10.0
_RankedOptions = Iterator[tuple[str, str]]  # (option, why), in order of precedence


def decide_by_context(view: SeatView) -> Decision | Abstention:
    """Answer by the question, `requirements` and `context`."""
    return answer_by_topic(view, {"tenancy": _tenancy, "index-design": _indexes})


def _tenancy(requirements: Requirements, question: Question, view: SeatView) -> Decision:
    ranked = _tenancy_rules(requirements, view.get("context") or {})
    additions = []
    if "gdpr" in requirements.compliance:
        additions.append("document and test how one tenant's data is exported and erased")
    return _first_allowed(question, ranked, additions=additions, assumptions=_tenancy_assumptions(requirements))


def _tenancy_rules(requirements: Requirements, context: SeatView) -> _RankedOptions:
    tenants, rules, count = requirements.scale.tenants, strict_regulations(requirements), tenants_of(requirements)
    if requirements.tenancy.model not in ("auto", "none"):
        yield requirements.tenancy.model, "the requirements state it"
    # Before compliance: a migration of every tenant is a project of its own, which the request does not ask for.
    if existing := context.get("existing_tenancy"):
        yield str(existing), "the existing system has it, and moving every tenant has no benefit for this request"
    if rules and tenants <= _FEW_TENANTS and not _small_team(context):
        yield "database-per-tenant", f"{' and '.join(rules)} with only {count}: separate databases are affordable"
    if rules and tenants <= _MANY_TENANTS and not _small_team(context):
        yield "schema-per-tenant", f"{' and '.join(rules)} with {count}: separate schemas in one database"
    if _no_row_security(context) and tenants <= _MANY_TENANTS:
        yield "schema-per-tenant", "no engine of the project can isolate tenants within one table"
    yield "shared-schema", f"{count} in one set of tables: one migration, one pool, one backup"


def _tenancy_assumptions(requirements: Requirements) -> list[str]:
    return [] if "tenants" in requirements.scale.model_fields_set else ["the number of tenants was not stated"]


def _small_team(context: SeatView) -> bool:
    size = context.get("team_size")
    return isinstance(size, int) and size <= _SMALL_TEAM


def _no_row_security(context: SeatView) -> bool:
    engines = [name for name in context.get("engines") or () if name in ENGINES]
    is_unsupported = bool(engines) and not any(traits_of(name).row_level_security for name in engines)
    return is_unsupported or NO_ROW_LEVEL_SECURITY in (context.get("constraints") or ())


def _indexes(requirements: Requirements, question: Question, view: SeatView) -> Decision:
    context = view.get("context") or {}
    return _first_allowed(question, _index_rules(requirements, context))


def _index_rules(requirements: Requirements, context: SeatView) -> _RankedOptions:
    if existing := context.get("existing_indexes"):
        yield str(existing), "the existing tables have these indexes, and no measurement is against them"
    searching = [access for access in reads(requirements) if access.filter or access.range or access.sort]
    if not searching:
        yield "foreign-keys", "no read of the workload filters or sorts: only references need an index"
    share = write_share(requirements)
    if share > 0.5:  # noqa: PLR2004  half
        yield "foreign-keys", f"{share:.0%} of the workload are writes: each of them maintains every further index"
    tight = [a.name for a in searching if a.columns and (a.service_level_ms or _TIGHT_MS + 1) <= _TIGHT_MS]
    if tight:
        yield "workload-covering", f"{', '.join(tight)} must answer within {_TIGHT_MS:g} ms and reads few columns"
    yield "workload", f"{len(searching)} reads filter or sort, and {share:.0%} of the workload are writes"


def _first_allowed(question: Question, ranked: _RankedOptions, **fields: Any) -> Decision:
    """Return a decision for the first ranked option that the question allows."""
    for option, why in ranked:
        if option in question.options:
            return decision(question, option, why, **fields)
    return decision(question, question.options[0], "no rule applies to an allowed option", **fields)
