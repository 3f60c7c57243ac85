"""What the specialist is asked: requirements as they are, or a sentence that becomes some."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from langgraph_dba.database.engines import engines_for
from langgraph_dba.database.requirements import Requirements, read_request
from langgraph_dba.errors import EngineUnavailable, RequirementsError
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
    facts = {name: _facts(name) for name in engines}
    return {
        "context": {
            "requirements": requirements.model_dump(mode="json", by_alias=True),
            "engines": list(engines),
            "constraints": [name for name, fact in facts.items() if not fact["row_level_security"]],
        },
        "targets": {
            "engines": list(engines),
            "service_levels_ms": {a.name: a.service_level_ms for a in requirements.workload if a.service_level_ms},
        },
        "engine_facts": facts,
    }


def _facts(name: str) -> dict[str, Any]:
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        return {"usable": False, "reason": str(engine), "row_level_security": False}
    traits = engine.traits
    return {
        "usable": True,
        "version": engine.version(),
        "row_level_security": traits.row_level_security,
        "include_columns": traits.include_columns,
        "fallbacks": dict(traits.fallbacks),
    }
