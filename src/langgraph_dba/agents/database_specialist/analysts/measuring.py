"""Decide by measuring on an engine: create the design of each option, run the workload, and compare the work.

The unit is the engine's own work (steps or pages), never milliseconds, so that the same question gets the same answer
on a busy machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from langgraph_dba.agents.database_specialist.analysts.analyst_answers import answer_by_topic, decision, tenants_of
from langgraph_dba.agents.database_specialist.design_checks import (
    CATALOGUE_LIMIT,
    OptionDesign,
    first_usable,
    objects_of,
    proof,
)
from langgraph_dba.agents.database_specialist.option_design import design_option
from langgraph_dba.agents.database_specialist.target_engines import Engines, engine_names, open_engines
from langgraph_dba.agents.database_specialist.workload_probe import Probe, Statement
from langgraph_dba.agents.panel.decision import Decision, Question
from langgraph_dba.agents.panel.seat import Abstention, SeatView
from langgraph_dba.database.engines import ENGINES, Connection, Engine, traits_of
from langgraph_dba.database.engines.facts import EngineFacts
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.evidence import Evidence

_MAX_DATABASES = 1000  # that one machine can still open, back up and migrate one by one
_TIE = 1.02  # within 2 %, the more conservative option is chosen
_ASSUMED_INSERTS = 0.1  # insertions per read of a table, if the workload has no insertion into it


def decide_by_measuring(view: SeatView) -> Decision | Abstention:
    """Answer by the question, `requirements`, `targets` (engine names) and `engine_facts`."""
    return answer_by_topic(view, {"tenancy": _tenancy, "index-design": _indexes})


def _engines(view: SeatView) -> Engines:
    """Return the engines to run on; engines that `engine_facts` lists as unusable are not started."""
    facts = view.get("engine_facts") or {}
    names = engine_names(view.get("targets"))
    return open_engines([name for name in names if EngineFacts.model_validate(facts.get(name) or {}).usable])


def _tenancy(requirements: Requirements, question: Question, view: SeatView) -> Decision:
    engines, allowed = _engines(view), question.options
    isolation = _isolation(requirements, engines) if "shared-schema" in allowed else ()
    supported = [item for item in isolation if item.state == "supported"]
    if supported:
        why = f"{supported[0].engine}: {supported[0].reason}"
        return decision(question, "shared-schema", why, risks=_unproved_isolation(isolation))
    names = [name for name in engine_names(view.get("targets")) if name in ENGINES]
    if "shared-schema" in allowed and not _refuted(isolation) and any(traits_of(n).row_level_security for n in names):
        why = "a target engine has row-level security, but the isolation could not be proved here"
        return decision(question, "shared-schema", why, risks=_unproved_isolation(isolation))
    return _decide_by_object_count(requirements, question, engines)


def _isolation(requirements: Requirements, engines: Engines) -> tuple[Evidence, ...]:
    schema = design_option(requirements, "tenancy", "shared-schema")
    return proof(OptionDesign(requirements, schema, engines), "tenant-isolation") if schema else ()


def _refuted(isolation: tuple[Evidence, ...]) -> bool:
    return any(item.state == "refuted" for item in isolation)


def _unproved_isolation(isolation: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Return a risk for each engine on which the isolation proof was not run."""
    return tuple(
        f"{item.engine}: isolation was not proved: {item.reason}" for item in isolation if item.state == "not run"
    )


def _decide_by_object_count(requirements: Requirements, question: Question, engines: Engines) -> Decision:
    """Choose between schema and database per tenant by the number of catalogue objects."""
    # Only if no engine isolates the tenants within one table.
    tenants, engine = requirements.scale.tenants, first_usable(engines)
    if isinstance(engine, EngineUnavailable):
        raise engine
    schema = design_option(requirements, "tenancy", "schema-per-tenant")
    assert schema is not None
    copy = objects_of(schema, engine)
    count = f"{engine.traits.title}: {copy} objects per tenant, {copy * tenants} for {tenants_of(requirements)}"
    candidates = []
    if engine.traits.roles and copy * tenants <= CATALOGUE_LIMIT:
        candidates.append(("schema-per-tenant", f"{count}, within {CATALOGUE_LIMIT}"))
    if tenants <= _MAX_DATABASES:
        candidates.append(("database-per-tenant", f"{count}; it does not isolate tenants within one table"))
    candidates += [(option, f"{count}: too many for separate schemas or databases") for option in question.options]
    option, why = next((option, why) for option, why in candidates if option in question.options)
    return decision(question, option, why)


@dataclass(frozen=True, slots=True)
class WorkloadCost:
    """The cost of one option's design: weighted engine work of `reads` and `writes`, and the number of indexes."""

    reads: float
    writes: float
    indexes: int

    @property
    def total(self) -> float:
        """Return the work of the whole workload."""
        return self.reads + self.writes


def _indexes(requirements: Requirements, question: Question, view: SeatView) -> Decision:
    engine = first_usable(_engines(view))
    if isinstance(engine, EngineUnavailable):
        raise engine
    costs = measure(requirements, question, engine)
    least = min(cost.total for cost in costs.values())
    option = next(option for option in question.options if option in costs and costs[option].total <= least * _TIE)
    table = "; ".join(
        f"{name}: {cost.total:.0f} (reads {cost.reads:.0f}, writes {cost.writes:.0f}, {cost.indexes} indexes)"
        for name, cost in costs.items()
    )
    where = f"{engine.traits.title} {engine.version()}"
    why = f"weighted work on {where}: {table}; the lowest, within 2 % the most conservative"
    return decision(question, option, why, assumptions=_assumptions(requirements))


def measure(requirements: Requirements, question: Question, engine: Engine) -> dict[str, WorkloadCost]:
    """Return the cost on an engine for each option that has a design, in the question's order."""
    designs = {option: design_option(requirements, question.topic, option) for option in question.options}
    schemas = {option: schema for option, schema in designs.items() if schema}
    probe = Probe(requirements, next(iter(schemas.values())), engine)
    fewest = {
        table.name: min(len(schema.table(table.name).indexes) for schema in schemas.values())
        for table in probe.schema.tables
    }
    costs, current = {}, probe.schema
    # One database for all options, because only their indexes differ: the sample is loaded once.
    with probe.loaded() as connection:
        for option, schema in schemas.items():
            probe.reindex(connection, current, schema)
            costs[option], current = _workload_cost(probe, connection, schema, fewest), schema
    return costs


def _workload_cost(probe: Probe, connection: Connection, schema: Schema, fewest: Mapping[str, int]) -> WorkloadCost:
    reads = writes = 0.0
    for statement, weight in _weighted(probe):
        cost = probe.cost(connection, statement) or 0
        if statement.access.kind == "read":
            reads += weight * cost
        else:
            more = len(schema.table(statement.table.name).indexes) - fewest[statement.table.name]
            writes += weight * (cost + more * _entry_cost(probe, connection, statement))
    indexes = sum(len(schema.table(table.name).indexes) for table in probe.schema.tables)
    return WorkloadCost(reads, writes, indexes)


def _entry_cost(probe: Probe, connection: Connection, statement: Statement) -> int:
    """Return the cost of one more index for a write: that of a search for one row by its key."""
    # Engines count the writing of index entries differently (SQLite: one step each). The search stands for the search
    # for the entry's position, so that all engines charge the same.
    table = statement.table
    key = {name: statement.params[name] for name in table.primary_key if name in statement.params}
    if statement.access.kind == "update" or len(key) < len(table.primary_key):
        return 0
    return connection.work(f"SELECT 1 FROM {probe.names.table(table)} WHERE {probe.names.equal(table, key)}", key)


def _weighted(probe: Probe) -> list[tuple[Statement, float]]:
    """Return the statements with their weights, and assumed insertions for tables that are read but never filled."""
    # Without them indexes would be free for a workload of reads, although the rows must have been inserted.
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
    missing = sorted({a.entity for a in requirements.workload if a.kind == "read"} - inserted)
    return (f"one insertion for every ten reads of {', '.join(missing)}: the workload has none",) if missing else ()
