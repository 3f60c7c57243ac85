"""The checks of claims: what an engine can say of the design behind an option."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_dba.agents.database_specialist.target_engines import Engines
from langgraph_dba.agents.database_specialist.workload_probe import Probe, Statement
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import Connection, Engine
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.evidence import CheckResult, Claim, Evidence

CATALOGUE_LIMIT = 100_000  # objects: beyond it, dumps, upgrades and monitoring of one database take hours, not minutes


@dataclass(frozen=True, slots=True)
class Subject:
    """The requirements, the schema that an option makes of them, and the engines it shall run on."""

    requirements: Requirements
    schema: Schema
    engines: Engines

    @property
    def engine(self) -> Engine | EngineUnavailable:
        """The first engine that can be used here; one check on one engine is enough where all would say the same."""
        return first_usable(self.engines)


def first_usable(engines: Engines) -> Engine | EngineUnavailable:
    """Return the first engine that can be used here, or why there is none."""
    for engine in engines.values():
        if not isinstance(engine, EngineUnavailable):
            return engine
    return next(iter(engines.values()), EngineUnavailable("no engine was named"))


def proof(subject: Subject, name: str) -> tuple[Evidence, ...]:
    """Run one of the proofs on every engine."""
    ddl = {
        name: render(subject.schema, engine.traits)
        for name, engine in subject.engines.items()
        if not isinstance(engine, EngineUnavailable)
    }
    return prove(subject.schema, ddl, subject.engines, proofs=proofs_by_name([name]), reuse=True)


def workload_search(subject: Subject, claim: Claim) -> list[Evidence]:
    """Whether every read, update and delete of the workload is searched by an index.

    An engine may decline an index over the very columns asked for, where they hardly select: counted, not a failure.
    """
    engine = subject.engine
    if isinstance(engine, EngineUnavailable):
        return [claim.not_run("", str(engine))]
    probe = Probe(subject.requirements, subject.schema, engine)
    asked = [s for s in probe.statements if s.equal and s.access.kind != "insert"]
    if not asked:
        return [claim.not_run(engine.traits.name, "no access of the workload compares a column for equality")]
    with probe.loaded() as connection:
        searched = {s.access.name: connection.explain(s.sql, s.params).searched_columns for s in asked}
    whole = [s for s in asked if not _narrows(s, searched[s.access.name])]
    declined = [s.access.name for s in whole if _has_index(s)]
    failures = [f"{s.access.name} reads {s.table.name} without an index: {s.sql}" for s in whole if not _has_index(s)]
    numbers = {"accesses": len(asked), "indexes declined": declined, "searched by": _listed(searched)}
    summary = f"{len(asked) - len(declined)} of {len(asked)} accesses searched by an index"
    sql = tuple(statement.sql for statement in asked)
    return [_measured(claim, engine, CheckResult(tuple(failures), summary, numbers, sql, "measured"))]


def _narrows(statement: Statement, searched: frozenset[str]) -> bool:
    """Whether a search uses more than the tenant, where there is more to use."""
    own = frozenset(statement.table.without_tenant(statement.equal))
    return bool(searched & own) if own else bool(searched)


def _has_index(statement: Statement) -> bool:
    return any(index.supports_lookup(statement.equal) for index in statement.table.indexes)


def reference_search(subject: Subject, claim: Claim) -> list[Evidence]:
    """Whether the rows that name a given one are found by an index, for every reference."""
    engine = subject.engine
    if isinstance(engine, EngineUnavailable):
        return [claim.not_run("", str(engine))]
    probe = Probe(subject.requirements, subject.schema, engine)
    keys = [(table, key) for table, key in probe.schema.foreign_keys() if probe.sample.count(table.name)]
    if not keys:
        return [claim.not_run(engine.traits.name, "no table refers to another")]
    with probe.loaded() as connection:
        missed = [(table, key) for table, key in keys if not _found_by_index(connection, probe, table, key)]
    bare = [key for table, key in missed if not table.serves_order(key.columns)]
    failures = [f"no index supports {key.name}" for key in bare]
    numbers = {"references": len(keys), "indexes declined": len(missed) - len(bare)}
    summary = f"{len(keys)} references searched by an index"
    return [_measured(claim, engine, CheckResult(tuple(failures), summary, numbers, strength="measured"))]


def _found_by_index(connection: Connection, probe: Probe, table: Table, key: ForeignKey) -> bool:
    row = dict(zip(table.column_names, probe.rows[table.name][-1], strict=True))
    params = {name: row[name] if row[name] is not None else 1 for name in key.columns}
    names = probe.names
    found = connection.explain(f"SELECT 1 FROM {names.table(table)} WHERE {names.equal(table, key.columns)}", params)
    return found.searched_columns >= names.spelled(table, key.columns)


def catalogue_size(subject: Subject, claim: Claim) -> list[Evidence]:
    """Whether one copy of the tables for each tenant stays within what a catalogue bears, counted on one copy."""
    engine = subject.engine
    if isinstance(engine, EngineUnavailable):
        return [claim.not_run("", str(engine))]
    copy, tenants = objects_of(subject.schema, engine), subject.requirements.scale.tenants
    told = f"{copy} objects for each of {tenants} tenants are {copy * tenants}"
    failures = [f"{told}: more than {CATALOGUE_LIMIT}"] if copy * tenants > CATALOGUE_LIMIT else []
    numbers = {"objects a copy": copy, "tenants": tenants, "objects": copy * tenants, "limit": CATALOGUE_LIMIT}
    summary = f"{told}, within {CATALOGUE_LIMIT}"
    return [_measured(claim, engine, CheckResult(tuple(failures), summary, numbers, strength="measured"))]


def objects_of(schema: Schema, engine: Engine) -> int:
    """Return how many objects the engine's catalogue counts for one copy of the schema."""
    role = schema.app_role
    with engine.scratch(render(schema, engine.traits).up, app_role=role) as scratch, scratch.connect() as connection:
        return sum(len(objects) for objects in connection.catalogue().values())


def _listed(searched: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    return {name: sorted(columns) for name, columns in searched.items()}


def _measured(claim: Claim, engine: Engine, result: CheckResult) -> Evidence:
    return claim.evidence(engine.traits.name, result, version=engine.version())
