"""The checks of claims: properties of an option's design that can be measured on an engine."""

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

CATALOGUE_LIMIT = 100_000  # objects; with more, dumps, upgrades and monitoring of one database take hours


@dataclass(frozen=True, slots=True)
class OptionDesign:
    """The requirements, the schema of an option, and the target engines."""

    requirements: Requirements
    schema: Schema
    engines: Engines

    @property
    def engine(self) -> Engine | EngineUnavailable:
        """Return the first usable engine, for checks whose result is the same on every engine."""
        return first_usable(self.engines)


def first_usable(engines: Engines) -> Engine | EngineUnavailable:
    """Return the first usable engine, or the error of the first one if none is usable."""
    for engine in engines.values():
        if not isinstance(engine, EngineUnavailable):
            return engine
    return next(iter(engines.values()), EngineUnavailable("no engine was named"))


def proof(option_design: OptionDesign, name: str) -> tuple[Evidence, ...]:
    """Run one of the proofs on every usable engine."""
    ddl = {
        name: render(option_design.schema, engine.traits)
        for name, engine in option_design.engines.items()
        if not isinstance(engine, EngineUnavailable)
    }
    return prove(option_design.schema, ddl, option_design.engines, proofs=proofs_by_name([name]), reuse=True)


def workload_search(option_design: OptionDesign, claim: Claim) -> list[Evidence]:
    """Check that an index is used by every read, update and delete of the workload.

    If the table has an index over the compared columns and the engine does not use it, because they are not selective,
    the access is counted as declined and is not a failure.
    """
    engine = option_design.engine
    if isinstance(engine, EngineUnavailable):
        return [claim.not_run("", str(engine))]
    probe = Probe(option_design.requirements, option_design.schema, engine)
    searches = [s for s in probe.statements if s.equal and s.access.kind != "insert"]
    if not searches:
        return [claim.not_run(engine.traits.name, "no access of the workload compares a column for equality")]
    with probe.loaded() as connection:
        columns = {s.access.name: connection.explain(s.sql, s.params).searched_columns for s in searches}
    scans = [s for s in searches if not _narrows(s, columns[s.access.name])]
    declined = [s.access.name for s in scans if _has_index(s)]
    failures = [f"{s.access.name} reads {s.table.name} without an index: {s.sql}" for s in scans if not _has_index(s)]
    numbers = {"accesses": len(searches), "indexes declined": declined, "searched by": _sorted_columns(columns)}
    summary = f"{len(searches) - len(declined)} of {len(searches)} accesses searched by an index"
    sql = tuple(statement.sql for statement in searches)
    return [_evidence(claim, engine, CheckResult(tuple(failures), summary, numbers, sql, "measured"))]


def _narrows(statement: Statement, searched: frozenset[str]) -> bool:
    """Return whether a search uses a column other than the tenant's, if the statement compares one."""
    # An index on the tenant column alone still reads all rows of the tenant.
    own = frozenset(statement.table.without_tenant(statement.equal))
    return bool(searched & own) if own else bool(searched)


def _has_index(statement: Statement) -> bool:
    return any(index.supports_lookup(statement.equal) for index in statement.table.indexes)


def reference_search(option_design: OptionDesign, claim: Claim) -> list[Evidence]:
    """Check for every foreign key that an index is used to find the rows that refer to a given one."""
    engine = option_design.engine
    if isinstance(engine, EngineUnavailable):
        return [claim.not_run("", str(engine))]
    probe = Probe(option_design.requirements, option_design.schema, engine)
    keys = [(table, key) for table, key in probe.schema.foreign_keys() if probe.sample.count(table.name)]
    if not keys:
        return [claim.not_run(engine.traits.name, "no table refers to another")]
    with probe.loaded() as connection:
        scans = [(table, key) for table, key in keys if not _uses_index(connection, probe, table, key)]
    unsupported = [key for table, key in scans if not table.serves_order(key.columns)]
    failures = [f"no index supports {key.name}" for key in unsupported]
    numbers = {"references": len(keys), "indexes declined": len(scans) - len(unsupported)}
    summary = f"{len(keys)} references searched by an index"
    return [_evidence(claim, engine, CheckResult(tuple(failures), summary, numbers, strength="measured"))]


def _uses_index(connection: Connection, probe: Probe, table: Table, key: ForeignKey) -> bool:
    row = dict(zip(table.column_names, probe.rows[table.name][-1], strict=True))
    # A comparison with NULL matches no row, and an engine may plan no search for it: use any value instead.
    params = {name: row[name] if row[name] is not None else 1 for name in key.columns}
    names = probe.names
    plan = connection.explain(f"SELECT 1 FROM {names.table(table)} WHERE {names.equal(table, key.columns)}", params)
    return plan.searched_columns >= names.plan_names(table, key.columns)


def catalogue_size(option_design: OptionDesign, claim: Claim) -> list[Evidence]:
    """Check that one copy of the tables per tenant does not exceed the catalogue limit; one copy is counted."""
    engine = option_design.engine
    if isinstance(engine, EngineUnavailable):
        return [claim.not_run("", str(engine))]
    copy, tenants = objects_of(option_design.schema, engine), option_design.requirements.scale.tenants
    product = f"{copy} objects for each of {tenants} tenants are {copy * tenants}"
    failures = [f"{product}: more than {CATALOGUE_LIMIT}"] if copy * tenants > CATALOGUE_LIMIT else []
    numbers = {"objects a copy": copy, "tenants": tenants, "objects": copy * tenants, "limit": CATALOGUE_LIMIT}
    summary = f"{product}, within {CATALOGUE_LIMIT}"
    return [_evidence(claim, engine, CheckResult(tuple(failures), summary, numbers, strength="measured"))]


def objects_of(schema: Schema, engine: Engine) -> int:
    """Return the number of objects in the engine's catalogue for one copy of the schema."""
    role = schema.app_role
    with engine.scratch(render(schema, engine.traits).up, app_role=role) as scratch, scratch.connect() as connection:
        return sum(len(objects) for objects in connection.catalogue().values())


def _sorted_columns(searched: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    return {name: sorted(columns) for name, columns in searched.items()}


def _evidence(claim: Claim, engine: Engine, result: CheckResult) -> Evidence:
    return claim.evidence(engine.traits.name, result, version=engine.version())
