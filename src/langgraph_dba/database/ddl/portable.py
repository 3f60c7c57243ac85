"""A schema without the words of the engine that it was read from: what another engine can be given."""

from collections.abc import Iterator

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.identifiers import fitting
from langgraph_dba.database.model.schema import Check, Column, Condition, Schema, Table


def portable(schema: Schema, traits: Traits) -> Schema:
    """Return the schema without the words of another engine: their meaning stays, as far as it was understood."""
    if schema.engine in ("", traits.name):
        return schema
    return schema.model_copy(
        update={
            "engine": "", "extensions": (), "types": (), "sequences": (), "routines": (), "views": (), "triggers": (),
            "roles": (), "grants": (), "tables": tuple(_translated(table) for table in schema.tables),
        }
    )  # fmt: skip


def _translated(table: Table) -> Table:
    columns = tuple(_spoken(column) for column in table.columns)
    plain = [index for index in table.indexes if index.is_plain and not index.options]
    return table.with_(
        columns=columns,
        checks=tuple(_meanings(table)),
        constraints=(),
        indexes=tuple(plain),
        row_security="",
        policies=(),
        options=None,
        partitioned_by="",
        partitions=(),
    )


def _meanings(table: Table) -> Iterator[Check]:
    """What conditions mean, each under a name of its own."""
    for check in table.checks:
        means = check.means if isinstance(check, Condition) else (check,)
        for number, one in enumerate(means):
            yield one.model_copy(update={"name": fitting(f"{check.name}_{number + 1}" if number else check.name)})


def _spoken(column: Column) -> Column:
    type_ = column.type.model_copy(update={"native": ""})
    if type_.name == "native":
        type_ = type_.model_copy(update={"name": "text"})
    changes = {"type": type_, "default_sql": "", "collation": "", "generated": None, "identity": None}
    return column.model_copy(update=changes)
