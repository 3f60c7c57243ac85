"""Read an existing database as a `Schema`, from the engine's catalogue.

Two properties for which SQL has no clause are read from comments: a column's comment that starts with "personal", and
"zip determines city" in a table's comment. Names that need quotes become identifiers; `engine_name` holds the original.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from langgraph_dba.database.engines import Engine, Traits, read_catalogue
from langgraph_dba.database.engines.records import Definition, Records, SelectRunner, TableRecord, ViewRecord
from langgraph_dba.database.model import schema as model
from langgraph_dba.database.reflection.canonical import in_creation_order, with_references
from langgraph_dba.database.reflection.names import plain_name
from langgraph_dba.database.reflection.quoted_names import lost_names, renames
from langgraph_dba.database.reflection.table import TableReader, TableRecords
from langgraph_dba.database.reflection.tenants import with_isolation

__all__ = ["plain_name", "reflect", "schema_from_sql"]


def schema_from_sql(sql: str, engine: Engine, *, name: str) -> model.Schema:
    """Run `sql` in a scratch database of the engine and return the resulting schema with the title `name`.

    Tables are in an order in which they can be created, if there is one. Raises Rejected if the engine refuses `sql`.
    """
    with engine.scratch(sql) as scratch, scratch.connect() as connection:
        return reflect(connection, engine.traits, name=name)


def reflect(connection: SelectRunner, traits: Traits, *, name: str, namespace: str = "") -> model.Schema:
    """Return the schema of a database with the title `name`; only SELECT statements are run.

    `namespace` is a schema of PostgreSQL; by default the first one of the connection's search path. What the returned
    schema does not contain is listed in its `lost`.
    """
    return schema_from_records(read_catalogue(connection, traits, namespace), traits, name=name, namespace=namespace)


def schema_from_records(records: Records, traits: Traits, *, name: str, namespace: str = "") -> model.Schema:
    """Return the schema that the records of a catalogue describe; `namespace` as for `reflect`."""
    # grouped once for all tables: a search of all records per table would make reflection quadratic
    by_table, partitions = TableRecords(records, traits), dict(_partitions(records))
    tables = [TableReader(one, by_table, traits).table(partitions.get(one.name, ())) for one in by_table.parents]
    schema = model.Schema(
        name=name,
        engine=traits.name,
        tables=tuple(in_creation_order(with_references(tables, traits), traits)),
        extensions=tuple(one.name for one in records.extension),
        types=tuple(model.NamedType(name=one.name, kind=_kind(one), definition=one.definition) for one in records.type),
        sequences=tuple(model.Sequence(name=o.name, definition=o.definition, owner=o.on) for o in records.sequence),
        routines=tuple(model.Routine(name=one.name, definition=one.definition) for one in records.routine),
        views=tuple(_view(one) for one in records.view),
        triggers=tuple(_trigger(one) for one in records.trigger),
        roles=tuple(model.Role(**asdict(one)) for one in records.role),
        grants=tuple(model.Grant(**asdict(one)) for one in records.grant),
        namespace=namespace if "namespaces" in traits.keeps else "",
        others=(*renames(records, traits), *(model.OtherObject.model_validate(asdict(one)) for one in records.other)),
        lost=(*(model.Loss(**asdict(one)) for one in records.lost), *lost_names(records, traits)),
    )
    return with_isolation(schema, traits, [one.definition for one in records.called_routine])


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
        # partitions can have partitions: collect the children of each before building the tree
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
