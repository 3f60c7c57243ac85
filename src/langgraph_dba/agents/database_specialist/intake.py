"""Collect the context that the specialist passes to the panel."""

from collections.abc import Sequence
from typing import Any

from langgraph_dba.database.engines.facts import engine_facts, project_constraints
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.handoffs.plain import plain


def context_of(requirements: Requirements, engines: Sequence[str]) -> dict[str, Any]:
    """Return the values of the panel's channels `context`, `targets` and `engine_facts` as plain data."""
    facts = {name: engine_facts(name) for name in engines}
    return {
        "context": {
            "requirements": plain(requirements),
            "engines": list(engines),
            "constraints": list(project_constraints(facts)),
        },
        "targets": {
            "engines": list(engines),
            "service_levels_ms": {a.name: a.service_level_ms for a in requirements.workload if a.service_level_ms},
        },
        "engine_facts": plain(facts),
    }
