"""An existing database, read as a `Schema`: what the engine's catalogue tells, and what it means.

Two things that SQL has no clause for are taken from comments: a column's that begins with "personal", and a table's
that says "zip determines city". Names that need quotes are read as plain ones, the engine's own stand beside.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from langgraph_dba.database.engines import Engine, Traits, read_catalogue
from langgraph_dba.database.engines.records import Definition, Records, SelectRunner, TableRecord, ViewRecord
from langgraph_dba.database.model import schema as model
from langgraph_dba.database.reflection.canonical import ordered, referring
from langgraph_dba.database.reflection.names import plain
from langgraph_dba.database.reflection.table import TableReader, TableRecords
from langgraph_dba.database.reflection.tenants import recognised

__all__ = ["plain", "reflect", "schema_from_sql"]


def schema_from_sql(sql: str, engine: Engine, *, name: str) -> model.Schema:
    """Run `sql` in a scratch database of the engine and return the schema called `name` that came of it.

    Tables come in an order in which they can be created, if there is one. Raises Rejected if the engine refuses `sql`.
    """
    with engine.scratch(sql) as scratch, scratch.connect() as connection:
        return reflect(connection, engine.traits, name=name)


def reflect(connection: SelectRunner, traits: Traits, *, name: str, namespace: str = "") -> model.Schema:
    """Return what a database holds, called `name`; nothing but SELECT is run.

    `namespace` names a schema of PostgreSQL, else the one that the connection finds first.
    """
    return schema_of(read_catalogue(connection, traits, namespace), traits, name=name)


def schema_of(records: Records, traits: Traits, *, name: str) -> model.Schema:
    """Return the schema that an engine's records tell of."""
    by_table, partitions = TableRecords(records, traits), dict(_partitions(records))
    tables = [TableReader(one, by_table, traits).table(partitions.get(one.name, ())) for one in by_table.whole]
    schema = model.Schema(
        name=name,
        engine=traits.name,
        tables=tuple(ordered(referring(tables, traits), traits)),
        extensions=tuple(one.name for one in records.extension),
        types=tuple(model.NamedType(name=one.name, kind=_kind(one), definition=one.definition) for one in records.type),
        sequences=tuple(model.Sequence(name=o.name, definition=o.definition, owner=o.on) for o in records.sequence),
        routines=tuple(model.Routine(name=one.name, definition=one.definition) for one in records.routine),
        views=tuple(_view(one) for one in records.view),
        triggers=tuple(_trigger(one) for one in records.trigger),
        roles=tuple(model.Role(**asdict(one)) for one in records.role),
        grants=tuple(model.Grant(**asdict(one)) for one in records.grant),
    )
    return recognised(schema, traits)


def _kind(one: Definition) -> str:
    return "domain" if one.kind == "domain" else "type"


def _trigger(one: Definition) -> model.Trigger:
    return model.Trigger.model_validate(
        {"name": one.name, "on": one.on, "definition": one.definition, "fires": one.kind}
    )


def _view(one: ViewRecord) -> model.View:
    return model.View(**asdict(one))


def _partitions(records: Records) -> Iterator[tuple[str, tuple[model.Partition, ...]]]:
    children: dict[str, list[TableRecord]] = {}
    for one in records.table:
        if one.parent:
            children.setdefault(one.parent, []).append(one)
    for parent in children:
        yield parent, _parts(parent, children)


def _parts(parent: str, children: Mapping[str, list[TableRecord]]) -> tuple[model.Partition, ...]:
    return tuple(
        model.Partition(
            name=one.name,
            bound=one.bound,
            partitioned_by=one.partitioned_by,
            partitions=_parts(one.name, children),
        )
        for one in children.get(parent, ())
    )
