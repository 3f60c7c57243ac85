"""Keep the keys that triggers take from sequences apart from the generated ones, which are numbered from 1."""

from langgraph_dba.database.engines import Connection, Traits
from langgraph_dba.database.model.schema import Schema


def reserve_keys(connection: Connection, schema: Schema, traits: Traits) -> None:
    """Let each sequence continue far behind the generated keys, if a trigger may insert rows.

    On an engine that numbers rows by their largest key there is nothing to set.
    """
    if schema.triggers and traits.sql_templates.skip_keys:
        connection.run(traits.sql_templates.skip_keys)
