"""The backend-specialist: SQLAlchemy models and an Alembic revision, held against the schema's own catalogue."""

from collections.abc import Mapping
from typing import Any

from langgraph_dba.agents.backend_specialist.equality import (
    MIGRATION_CLAIM,
    MODELS_CLAIM,
    migration_equal,
    models_equal,
)
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.inbox import may_reach, newest
from langgraph_dba.agents.trial import check_on_engine
from langgraph_dba.database.engines import traits_here
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.database.schema.ddl import Ddl
from langgraph_dba.database.schema.model import Schema
from langgraph_dba.evidence import Evidence
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.contracts import ReviewRequest, SchemaPackage

__all__ = ["backend_specialist", "render_migration", "render_models"]

NAME = "backend-specialist"
REVIEWER = "code-reviewer"


def backend_specialist(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Write models and a migration for the newest `SchemaPackage`, check both on each engine, and ask for a review."""
    package: SchemaPackage | None = newest(turn, SchemaPackage)
    if package is None:
        return {"summary": "No schema to build on was handed over.", "gotcha": "a SchemaPackage is needed"}
    built = {name: _built(package.database_schema, name) for name in package.engines}
    files = {path: text for own in built.values() for path, text in own.items()}
    checked = in_parallel(lambda name: _checked(package, name, built[name]), package.engines)
    evidence = [one for found in checked for one in found]
    refuted = [one for one in evidence if one.state == "refuted"]
    return {
        "artifacts": files,
        "evidence": [one.model_dump(mode="json") for one in evidence],
        "handoffs": [_review(package, files, evidence)] if may_reach(turn, REVIEWER) else [],
        "summary": f"Models and a first migration for {', '.join(package.engines)}; {len(refuted)} of {len(evidence)} checks refuted.",  # noqa: E501
    }


def _built(schema: Schema, name: str) -> dict[str, str]:
    traits = traits_here(name)
    migration = render_migration(schema, traits)
    return {_models(name): render_models(schema, traits)} | {
        f"{_migration(name)}{path}": text for path, text in migration.items()
    }


def _models(engine: str) -> str:
    return f"models/{engine}.py"


def _migration(engine: str) -> str:
    return f"migrations/{engine}/"


def _checked(package: SchemaPackage, name: str, files: dict[str, str]) -> list[Evidence]:
    schema, ddl = package.database_schema, Ddl(package.ddl[name], "")
    models, folder = files[_models(name)], _migration(name)
    migration = {path.removeprefix(folder): text for path, text in files.items() if path.startswith(folder)}
    return [
        check_on_engine(MODELS_CLAIM, name, lambda engine: models_equal(schema, ddl, engine, models)),
        check_on_engine(MIGRATION_CLAIM, name, lambda engine: migration_equal(schema, ddl, engine, migration)),
    ]


def _review(package: SchemaPackage, files: Mapping[str, str], evidence: list[Evidence]) -> dict[str, Any]:
    brief = Brief(
        context="Models and a first migration stand for every engine.",
        vision_alignment="What the application is built on must be the schema that was proved.",
        specific_task="Review the schema together with its models and migration.",
        success_criteria=("The score reaches the gate.",),
        dependencies=(NAME, "test-engineer"),
        integration_points=tuple(sorted(files)),
    )
    request = ReviewRequest(database_schema=package.database_schema, artifacts=sorted(files), evidence=evidence)
    return {
        "to": REVIEWER,
        "brief": brief.model_dump(),
        "payload": request.model_dump(mode="json", by_alias=True),
    }
