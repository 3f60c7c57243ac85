"""Whether row security applies to a table."""

from langgraph_dba.database.model.schema import Schema, Table


def is_protected(table: Table, schema: Schema) -> bool:
    """Return whether a table has row security, declared or implied by the isolation of tenants."""
    isolation = schema.isolation
    derived = isolation is not None and isolation.derives and isolation.model == "shared-schema"
    return bool(table.row_security) or (derived and table.is_tenant_owned)
