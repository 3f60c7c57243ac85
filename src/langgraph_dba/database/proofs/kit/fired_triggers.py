"""Changes and deletes of rows of each tenant, so that the rows that triggers then write are compared too."""

from collections.abc import Sequence
from contextlib import suppress

from langgraph_dba.database.data.sample import Row, Sample, load_rows, tenant_value, to_engine_row
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected, Traits
from langgraph_dba.database.model.schema import Table

_FIRST = 800  # after the rows of the sample and those for literals, so that no key is used twice


def fire_triggers(connection: Connection, sample: Sample, traits: Traits, tenants: Sequence[int]) -> None:
    """Insert, change and delete rows of these tenants in each table with a trigger; a refused statement is left out.

    The table of tenants is left as it is: another row would be another tenant.
    """
    schema = sample.schema
    watched = {trigger.on for trigger in schema.triggers if trigger.fires != "DISABLE"}
    for table in schema.tables:
        if table.sql_name in watched and table.row_key and not schema.is_tenant_table(table):
            for tenant in (1,) if schema.is_shared(table) else tenants:
                _fire(connection, sample, traits, table, tenant)


def _fire(connection: Connection, sample: Sample, traits: Traits, table: Table, tenant: int) -> None:
    schema, names = sample.schema, Names(traits)
    changed, deleted, other = (sample.row(table, tenant, sample.count(table.name) + _FIRST + n) for n in range(3))
    where = f"WHERE {names.equal(table, table.row_key)}"
    own = schema.isolation
    # as the application does it: a trigger may read the setting
    column = table.column(table.tenant_column) if table.tenant_column else None
    settings = schema.tenant_setting(str(tenant_value(column.type, tenant))) if own and column else {}
    keyed = {*table.row_key, *table.referring_columns, *table.tenant_columns}
    free = [one.name for one in table.writable_columns if one.name not in keyed and one.type.name != "identity"]
    with suppress(Rejected), connection.transaction(settings):
        load_rows(connection, schema, table, [changed, deleted], traits)
    # together, and each alone: one of them may refuse the change
    for columns in (free, *([name] for name in free)):
        listed = ", ".join(f"{names.columns(table, (name,))} = :{name}" for name in columns)
        if listed:
            values = {name: _engine_values(other, table, traits)[name] for name in columns}
            keys = {name: _engine_values(changed, table, traits)[name] for name in table.row_key}
            with suppress(Rejected), connection.transaction(settings):
                connection.run(f"UPDATE {names.table(table)} SET {listed} {where}", values | keys)
    keys = {name: _engine_values(deleted, table, traits)[name] for name in table.row_key}
    with suppress(Rejected), connection.transaction(settings):
        connection.run(f"DELETE FROM {names.table(table)} {where}", keys)


def _engine_values(row: Row, table: Table, traits: Traits) -> Row:
    return dict(zip(table.column_names, to_engine_row(row, table, traits), strict=True))
