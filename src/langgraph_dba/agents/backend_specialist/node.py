"""The node of the backend specialist."""

from collections.abc import Callable, Mapping
from typing import Any

from langgraph_dba.agents.agent import NodeSettings
from langgraph_dba.agents.backend_specialist import AGENT
from langgraph_dba.agents.backend_specialist.equality import (
    MIGRATION_CLAIM,
    MODELS_CLAIM,
    migration_equal,
    models_equal,
)
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.kit.activity import Steps, report_activity
from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage, TestRequest
from langgraph_dba.agents.kit.generated_code_run import check_on_engine
from langgraph_dba.agents.kit.payloads import newest, takers
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import traits_here
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.parallel import in_parallel
from langgraph_dba.evidence import Evidence, EvidenceSet
from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.plain import plain


def create_backend_specialist(_: NodeSettings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the node of the backend specialist; it has no settings."""
    return backend_specialist


def backend_specialist(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Write models and a migration for the newest `SchemaPackage`, check both on each engine, and ask for a review."""
    package: SchemaPackage | None = newest(turn, SchemaPackage)
    if package is None:
        return {"summary": "No schema to build on was handed over.", "gotcha": "a SchemaPackage is needed"}
    report_activity("writes models and a migration")
    built = {name: _built(package.database_schema, name) for name in package.engines}
    files = {path: text for own in built.values() for path, text in own.items()}
    steps = Steps(f"checks models and migration on {', '.join(package.engines)}", len(package.engines) * _CHECKS)
    checked = in_parallel(lambda name: _checked(package, name, built[name], steps), package.engines)
    evidence = EvidenceSet(one for checks in checked for one in checks)
    counts = evidence.counts
    return {
        "artifacts": files,
        "evidence": evidence.to_plain(),
        "handoffs": _reviews(turn, package, files, evidence),
        "summary": (
            f"Models and a first migration for {', '.join(package.engines)}; "
            f"{counts.refuted} of {counts.total} checks refuted."
        ),
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


_CHECKS = 2  # of each engine


def _checked(package: SchemaPackage, name: str, files: dict[str, str], steps: Steps) -> list[Evidence]:
    # the package has no statements that drop the schema; the comparison does not need them
    schema, ddl = package.database_schema, Ddl(package.ddl[name], "")
    models, folder = files[_models(name)], _migration(name)
    migration = {path.removeprefix(folder): text for path, text in files.items() if path.startswith(folder)}
    models_evidence = check_on_engine(MODELS_CLAIM, name, lambda engine: models_equal(schema, ddl, engine, models))
    steps.finish_one()
    of_migration = check_on_engine(
        MIGRATION_CLAIM, name, lambda engine: migration_equal(schema, ddl, engine, migration)
    )
    steps.finish_one()
    return [models_evidence, of_migration]


def _reviews(
    turn: Mapping[str, Any], package: SchemaPackage, files: Mapping[str, str], evidence: EvidenceSet
) -> list[dict[str, Any]]:
    brief = Brief(
        context="Models and a first migration stand for every engine.",
        vision_alignment="What the application is built on must be the schema that was proved.",
        specific_task="Review the schema together with its models and migration.",
        success_criteria=("The score reaches the gate.",),
        dependencies=(AGENT.name, *takers(turn, TestRequest)),
        integration_points=tuple(sorted(files)),
    )
    request = ReviewRequest(database_schema=package.database_schema, artifacts=sorted(files), evidence=list(evidence))
    payload = plain(request)
    return [{"to": name, "brief": brief.model_dump(), "payload": payload} for name in takers(turn, ReviewRequest)]
