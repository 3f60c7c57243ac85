"""Listeners of the models that write copied columns, for an engine without triggers that can."""

from collections.abc import Iterator

from langgraph_dba.agents.backend_specialist.relationships import class_name
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.schema import CopiedColumn, Schema, Table


def needs_listeners(schema: Schema, traits: Traits) -> bool:
    """Return whether a table has copies that no trigger fills."""
    return not traits.sql_templates.filling and any(table.copied_columns for table in schema.tables)


def render_listeners(schema: Schema, traits: Traits) -> str:
    """Return a listener for each class with copies, which reads them before a row is written; empty if none needs it.

    The rows that are referred to are written before: a flush orders them so.
    """
    tables = [table for table in schema.tables if table.copied_columns] if needs_listeners(schema, traits) else []
    return "".join(f"\n\n{_listener(schema, table)}" for table in tables)


def _listener(schema: Schema, table: Table) -> str:
    name = class_name(table)
    lines = "".join(f"    {line}\n" for copy in table.copied_columns for line in _lines(schema, table, copy))
    return (
        f'@event.listens_for({name}, "before_insert")\n'
        f'@event.listens_for({name}, "before_update")\n'
        f"def _copies_of_{table.name}(_: object, connection: Connection, row: Any) -> None:\n"
        f'    """Write the columns that repeat those of other rows: no trigger of this engine can."""\n{lines}'
    )


def _lines(schema: Schema, table: Table, copy: CopiedColumn) -> Iterator[str]:
    key = table.foreign_key(copy.key)
    target = class_name(schema.table(key.target))
    pairs = zip(key.target_columns, key.columns, strict=True)
    same = ", ".join(f"{target}.{theirs} == row.{own}" for theirs, own in pairs)
    # an empty reference has no row, and so no copy
    yield f"row.{copy.column} = connection.scalar(select({target}.{copy.source}).where({same}))"
