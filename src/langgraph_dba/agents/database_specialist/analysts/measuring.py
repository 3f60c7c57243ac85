"""Decide by measuring on an engine: build what each option would build, run it, count.

Counted is the engine's own work (steps or pages), never milliseconds, so that the same question gets the same answer
on a busy machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from langgraph_dba.agents.database_specialist.analysts.answering import answered, decision, tenants_of
from langgraph_dba.agents.database_specialist.design_checks import (
    CATALOGUE_LIMIT,
    Subject,
    first_usable,
    objects_of,
    proof,
)
from langgraph_dba.agents.database_specialist.option_design import built
from langgraph_dba.agents.database_specialist.target_engines import Engines, engine_names, opened
from langgraph_dba.agents.database_specialist.workload_probe import Probe, Statement
from langgraph_dba.agents.panel.decision import Decision, Question
from langgraph_dba.agents.panel.seat import Abstention, View
from langgraph_dba.database.engines import ENGINES, Connection, Engine, traits_of
from langgraph_dba.database.engines.facts import EngineFacts
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.evidence import Evidence

_SEPARATE_FILES = 1000  # databases that one machine still opens, backs up and migrates one by one
_TIE = 1.02  # within 2 %, the more conservative option
_ASSUMED_INSERTS = 0.1  # for each read of a table into which the workload names no insertion


def measuring(view: View) -> Decision | Abstention:
    """Answer from the question, `requirements`, `targets` (engine names) and `engine_facts`."""
    return answered(view, {"tenancy": _tenancy, "index-design": _indexes})


def _engines(view: View) -> Engines:
    """The engines to run on; one that the facts call unusable is not started."""
    facts = view.get("engine_facts") or {}
    names = engine_names(view.get("targets"))
    return opened([name for name in names if EngineFacts.model_validate(facts.get(name) or {}).usable])


# -- tenancy ------------------------------------------------------------------------------------------------------


def _tenancy(requirements: Requirements, question: Question, view: View) -> Decision:
    engines, allowed = _engines(view), question.options
    isolation = _isolation(requirements, engines) if "shared-schema" in allowed else ()
    proved = [item for item in isolation if item.state == "supported"]
    if proved:
        return decision(question, "shared-schema", f"{proved[0].engine}: {proved[0].reason}", risks=_unkept(isolation))
    names = [name for name in engine_names(view.get("targets")) if name in ENGINES]
    if "shared-schema" in allowed and not _refuted(isolation) and any(traits_of(n).row_level_security for n in names):
        why = "an engine to be used has row-level security, but nothing could be shown of it here"
        return decision(question, "shared-schema", why, risks=_unkept(isolation))
    return _apart(requirements, question, engines)


def _isolation(requirements: Requirements, engines: Engines) -> tuple[Evidence, ...]:
    schema = built(requirements, "tenancy", "shared-schema")
    return proof(Subject(requirements, schema, engines), "tenant-isolation") if schema else ()


def _refuted(isolation: tuple[Evidence, ...]) -> bool:
    return any(item.state == "refuted" for item in isolation)


def _unkept(isolation: tuple[Evidence, ...]) -> tuple[str, ...]:
    """The engines that do not keep tenants apart, or could not be asked."""
    return tuple(
        f"{item.engine}: isolation was not shown: {item.reason}" for item in isolation if item.state == "not run"
    )


def _apart(requirements: Requirements, question: Question, engines: Engines) -> Decision:
    """No engine keeps the tenants of one table apart: count what keeping them in separate places takes."""
    tenants, engine = requirements.scale.tenants, first_usable(engines)
    if isinstance(engine, EngineUnavailable):
        raise engine
    schema = built(requirements, "tenancy", "schema-per-tenant")
    assert schema is not None
    copy = objects_of(schema, engine)
    told = f"{engine.traits.title}: {copy} objects a tenant, {copy * tenants} for {tenants_of(requirements)}"
    wanted = []
    if engine.traits.roles and copy * tenants <= CATALOGUE_LIMIT:
        wanted.append(("schema-per-tenant", f"{told}, within {CATALOGUE_LIMIT}"))
    if tenants <= _SEPARATE_FILES:
        wanted.append(("database-per-tenant", f"{told}; within one table it keeps no tenants apart"))
    wanted += [(option, f"{told}: too many to keep in separate places") for option in question.options]
    option, why = next((option, why) for option, why in wanted if option in question.options)
    return decision(question, option, why)


# -- indexes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """What one option's design costs: `reads` and `writes` in the engine's work, weighted; and how many indexes."""

    reads: float
    writes: float
    indexes: int

    @property
    def total(self) -> float:
        """All of the workload's work."""
        return self.reads + self.writes


def _indexes(requirements: Requirements, question: Question, view: View) -> Decision:
    engine = first_usable(_engines(view))
    if isinstance(engine, EngineUnavailable):
        raise engine
    measured = measure(requirements, question, engine)
    least = min(found.total for found in measured.values())
    option = next(
        option for option in question.options if option in measured and measured[option].total <= least * _TIE
    )
    table = "; ".join(
        f"{name}: {m.total:.0f} (reads {m.reads:.0f}, writes {m.writes:.0f}, {m.indexes} indexes)"
        for name, m in measured.items()
    )
    where = f"{engine.traits.title} {engine.version()}"
    why = f"weighted work on {where}: {table}; the least, within 2 % the most conservative"
    return decision(question, option, why, assumptions=_assumptions(requirements))


def measure(requirements: Requirements, question: Question, engine: Engine) -> dict[str, Measured]:
    """Return what each option that can be built costs on an engine, in the question's order."""
    found = {option: built(requirements, question.topic, option) for option in question.options}
    schemas = {option: schema for option, schema in found.items() if schema}
    probe = Probe(requirements, next(iter(schemas.values())), engine)
    fewest = {
        table.name: min(len(schema.table(table.name).indexes) for schema in schemas.values())
        for table in probe.schema.tables
    }
    measured, present = {}, probe.schema
    with probe.loaded() as connection:
        for option, schema in schemas.items():
            probe.reindex(connection, present, schema)
            measured[option], present = _workload_cost(probe, connection, schema, fewest), schema
    return measured


def _workload_cost(probe: Probe, connection: Connection, schema: Schema, fewest: Mapping[str, int]) -> Measured:
    reads = writes = 0.0
    for statement, weight in _weighted(probe):
        cost = probe.cost(connection, statement) or 0
        if statement.access.kind == "read":
            reads += weight * cost
        else:
            more = len(schema.table(statement.table.name).indexes) - fewest[statement.table.name]
            writes += weight * (cost + more * _entry_cost(probe, connection, statement))
    indexes = sum(len(schema.table(table.name).indexes) for table in probe.schema.tables)
    return Measured(reads, writes, indexes)


def _entry_cost(probe: Probe, connection: Connection, statement: Statement) -> int:
    """What a further index costs a write: finding the entry's place, which is the search for one row by its key.

    Engines count their own writing of index entries differently (SQLite: one step each), so it is charged alike.
    """
    table = statement.table
    key = {name: statement.params[name] for name in table.primary_key if name in statement.params}
    if statement.access.kind == "update" or len(key) < len(table.primary_key):
        return 0
    return connection.work(f"SELECT 1 FROM {probe.names.table(table)} WHERE {probe.names.equal(table, key)}", key)


def _weighted(probe: Probe) -> list[tuple[Statement, float]]:
    """The workload, and the insertions it does not name: rows that are read were once written."""
    stated = [(statement, statement.access.weight) for statement in probe.statements]
    filled = {s.table.name for s in probe.statements if s.access.kind == "insert"}
    read: dict[str, float] = {}
    for statement, weight in stated:
        if statement.access.kind == "read" and statement.table.name not in filled:
            read[statement.table.name] = read.get(statement.table.name, 0.0) + weight
    assumed = [(probe.insertion(probe.schema.table(name)), weight * _ASSUMED_INSERTS) for name, weight in read.items()]
    return [*stated, *assumed]


def _assumptions(requirements: Requirements) -> tuple[str, ...]:
    inserted = {access.entity for access in requirements.workload if access.kind == "insert"}
    bare = sorted({a.entity for a in requirements.workload if a.kind == "read"} - inserted)
    return (f"one insertion for every ten reads of {', '.join(bare)}: the workload names none",) if bare else ()
