"""What the specialist is asked: requirements as they are, or a sentence that becomes some."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from langgraph_dba.database.engines.facts import engine_facts, project_constraints
from langgraph_dba.database.requirements import Requirements, read_request
from langgraph_dba.errors import RequirementsError
from langgraph_dba.handoffs.contracts import describe


def requirements_of(request: str, requirements: Mapping[str, Any] | None) -> Requirements:
    """Return the requirements given, or those a sentence tells; RequirementsError with neither, or with a poor one."""
    if requirements:
        return _checked(requirements)
    if not request.strip():
        raise RequirementsError("nothing was asked: give `requirements`, or a `request` in a sentence")
    return read_request(request)


def _checked(requirements: Mapping[str, Any]) -> Requirements:
    try:
        return Requirements.model_validate(requirements)
    except ValidationError as error:
        raise RequirementsError(f"the requirements cannot be used: {describe(error)}") from error


def context_of(requirements: Requirements, engines: Sequence[str]) -> dict[str, Any]:
    """Return what the panel's channels hold: `context`, `targets` and `engine_facts`, as plain data."""
    facts = {name: engine_facts(name) for name in engines}
    return {
        "context": {
            "requirements": requirements.model_dump(mode="json", by_alias=True),
            "engines": list(engines),
            "constraints": list(project_constraints(facts)),
        },
        "targets": {
            "engines": list(engines),
            "service_levels_ms": {a.name: a.service_level_ms for a in requirements.workload if a.service_level_ms},
        },
        "engine_facts": {name: fact.model_dump(mode="json") for name, fact in facts.items()},
    }
