"""The context that the specialist gives to the panel."""

from collections.abc import Sequence
from typing import Any

from langgraph_dba.database.engines import engines_for
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import EngineUnavailable


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
