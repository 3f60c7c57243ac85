"""Compare what the models, and the migration, create with the catalogue of the schema's own statements."""

import re

from langgraph_dba.agents.kit.generated_code_run import CodeRun, code_run, not_confined
from langgraph_dba.database.ddl.business_rules.registry import with_mechanisms
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Catalogue, Engine, Scratch, difference
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.evidence import CheckResult, Claim, Evidence

MODELS_CLAIM = Claim(
    "tables created from the SQLAlchemy models have the catalogue of the schema", "models-equal-schema"
)
MIGRATION_CLAIM = Claim(
    "the Alembic revision makes the catalogue of the schema, and its way down leaves nothing", "migration-equals-schema"
)
_CREATE = "import os, sqlalchemy, models; models.create_all(sqlalchemy.create_engine(os.environ['DATABASE_URL']))"
_MAPPED = "import sqlalchemy.orm, models; sqlalchemy.orm.configure_mappers()"
_VERSIONS = "alembic_version"
_ERROR_NAME = re.compile(r"[\w.]+(Error|Exception)\b")


def models_equal(schema: Schema, ddl: Ddl, engine: Engine, models: str) -> Evidence:
    """Create the tables from the models' source in a scratch database and compare catalogues.

    EngineError if the engine fails.
    """
    # warnings are errors: SQLAlchemy only warns of a relationship that it cannot map correctly
    with code_run(engine, {"models.py": models}, ddl.up, app_role=schema.app_role) as code:
        run = code.run(["-W", "error", "-c", f"{_CREATE}; {_MAPPED}"], _database(code.scratch))
        failures = [_error(run.output)] if run.code else _differences(code)
    return _evidence(MODELS_CLAIM, engine, failures)


def migration_equal(schema: Schema, ddl: Ddl, engine: Engine, files: dict[str, str]) -> Evidence:
    """Upgrade, compare catalogues, downgrade, and list the objects that remain; EngineError if the engine fails."""
    with code_run(engine, files, ddl.up, app_role=schema.app_role) as code:
        up = code.run(["-m", "alembic", "upgrade", "head"], _database(code.scratch))
        failures = [_error(up.output)] if up.code else _differences(code)
        down = code.run(["-m", "alembic", "downgrade", "base"], _database(code.scratch))
        # after a failed upgrade, what remains says nothing about the way down
        rest = _remains(schema, engine, _without_versions(_catalogue(code.scratch))) if not failures else {}
        failures += [_error(down.output)] if down.code and not failures else []
        failures += [f"{kind} {item} is left" for kind, items in rest.items() for item in items]
    return _evidence(MIGRATION_CLAIM, engine, failures)


def _database(scratch: Scratch) -> dict[str, str]:
    return {"DATABASE_URL": scratch.url()}


def _catalogue(scratch: Scratch) -> Catalogue:
    with scratch.connect() as connection:
        return connection.catalogue()


def _differences(code: CodeRun) -> list[str]:
    with code.reference() as reference:
        return list(difference(_catalogue(reference), _without_versions(_catalogue(code.scratch))))


def _without_versions(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue without the table in which Alembic keeps the current revision."""
    return {kind: {n: d for n, d in items.items() if _VERSIONS not in n} for kind, items in catalogue.items()}


def _remains(schema: Schema, engine: Engine, catalogue: Catalogue) -> Catalogue:
    """Return a catalogue without the extensions of the schema: they belong to the database, and others may use them."""
    declared = with_mechanisms(schema, engine.traits).extensions
    kept = {name: text for name, text in catalogue.get("extension", {}).items() if name not in declared}
    return {**catalogue, **({"extension": kept} if "extension" in catalogue else {})}


def _evidence(claim: Claim, engine: Engine, differences: list[str]) -> Evidence:
    numbers = {"differences": len(differences), **not_confined()}
    result = CheckResult(tuple(differences), "no difference", numbers, strength="proved")
    return claim.evidence(engine.traits.name, result, version=engine.version())


def _error(output: str) -> str:
    """Return the last line that names an error, because advice may follow it, or the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    return next((line for line in reversed(lines) if _ERROR_NAME.match(line)), lines[-1])
