"""Keep the keys that triggers and rules take from sequences apart from the generated ones, numbered from 1."""

from langgraph_dba.database.engines import Connection, Traits
from langgraph_dba.database.model.schema import Schema


def reserve_keys(connection: Connection, schema: Schema, traits: Traits) -> None:
    """Let each sequence continue far behind the generated keys, if a trigger or a rule may insert rows.

    On an engine that numbers rows by their largest key there is nothing to set.
    """
    writes = schema.triggers or any(one.kind == "rule" for one in schema.others)
    if writes and traits.sql_templates.skip_keys:
        connection.run(traits.sql_templates.skip_keys)
