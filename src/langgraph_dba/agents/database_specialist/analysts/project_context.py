"""Decide by rules over the requirements and what is known of the project; the first that applies decides.

Of the context these keys are read, all optional: `existing_tenancy` and `existing_indexes` (an option each), `engines`
(names), `team_size` (people who run the database), `constraints` (words such as `no-row-level-security`).
"""

from collections.abc import Iterator
from typing import Any

from langgraph_dba.agents.database_specialist.analysts.answering import (
    answered,
    decision,
    reads,
    regulated,
    tenants_of,
    write_share,
)
from langgraph_dba.agents.panel.decision import Decision, Question
from langgraph_dba.agents.panel.seat import Abstention, View
from langgraph_dba.database.engines import ENGINES, traits_of
from langgraph_dba.database.engines.facts import NO_ROW_LEVEL_SECURITY
from langgraph_dba.database.requirements.model import Requirements

_FEW_TENANTS, _MANY_TENANTS = 50, 500
_SMALL_TEAM = 2
_TIGHT_MS = 10.0
_Ruled = Iterator[tuple[str, str]]  # (option, why), in order of precedence


def project_context(view: View) -> Decision | Abstention:
    """Answer from the question, `requirements` and `context`."""
    return answered(view, {"tenancy": _tenancy, "index-design": _indexes})


def _tenancy(requirements: Requirements, question: Question, view: View) -> Decision:
    ruled = _tenancy_rules(requirements, view.get("context") or {})
    additions = []
    if "gdpr" in requirements.compliance:
        additions.append("write down how one tenant's data is exported and erased, and rehearse it")
    return _first_allowed(question, ruled, additions=additions, assumptions=_tenancy_assumptions(requirements))


def _tenancy_rules(requirements: Requirements, context: View) -> _Ruled:
    tenants, rules, told = requirements.scale.tenants, regulated(requirements), tenants_of(requirements)
    if requirements.tenancy.model not in ("auto", "none"):
        yield requirements.tenancy.model, "the requirements say so"
    if existing := context.get("existing_tenancy"):
        yield str(existing), "the existing system is built so, and moving every tenant buys nothing that was asked for"
    if rules and tenants <= _FEW_TENANTS and not _small_team(context):
        yield "database-per-tenant", f"{' and '.join(rules)} with only {told}: separation is affordable"
    if rules and tenants <= _MANY_TENANTS and not _small_team(context):
        yield "schema-per-tenant", f"{' and '.join(rules)} with {told}: separate, in one database to run"
    if _no_row_security(context) and tenants <= _MANY_TENANTS:
        yield "schema-per-tenant", "no engine in the project keeps the tenants of one table apart"
    yield "shared-schema", f"{told} in one set of tables: one migration, one pool, one backup"


def _tenancy_assumptions(requirements: Requirements) -> list[str]:
    return [] if "tenants" in requirements.scale.model_fields_set else ["the number of tenants was not stated"]


def _small_team(context: View) -> bool:
    size = context.get("team_size")
    return isinstance(size, int) and size <= _SMALL_TEAM


def _no_row_security(context: View) -> bool:
    engines = [name for name in context.get("engines") or () if name in ENGINES]
    none_has_it = bool(engines) and not any(traits_of(name).row_level_security for name in engines)
    return none_has_it or NO_ROW_LEVEL_SECURITY in (context.get("constraints") or ())


def _indexes(requirements: Requirements, question: Question, view: View) -> Decision:
    context = view.get("context") or {}
    return _first_allowed(question, _index_rules(requirements, context))


def _index_rules(requirements: Requirements, context: View) -> _Ruled:
    if existing := context.get("existing_indexes"):
        yield str(existing), "the existing tables are indexed so, and nothing measured speaks against it"
    searching = [access for access in reads(requirements) if access.filter or access.range or access.sort]
    if not searching:
        yield "foreign-keys", "no read of the workload filters or sorts: only references need an index"
    share = write_share(requirements)
    if share > 0.5:  # noqa: PLR2004  half
        yield "foreign-keys", f"{share:.0%} of the workload writes: every further index is paid for on each of them"
    tight = [a.name for a in searching if a.columns and (a.service_level_ms or _TIGHT_MS + 1) <= _TIGHT_MS]
    if tight:
        yield "workload-covering", f"{', '.join(tight)} must answer within {_TIGHT_MS:g} ms and reads few columns"
    yield "workload", f"{len(searching)} reads filter or sort, and {share:.0%} of the workload writes"


def _first_allowed(question: Question, ruled: _Ruled, **fields: Any) -> Decision:
    """Take the first rule whose option may be answered; a question may leave some of the vocabulary out."""
    for option, why in ruled:
        if option in question.options:
            return decision(question, option, why, **fields)
    return decision(question, question.options[0], "no rule names an option that may be answered", **fields)
