"""A table that references tenant-owned rows but has no tenant column can be read by every tenant.

No policy can filter its rows by tenant, and no foreign key to it can be restricted to one tenant.

Bad:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE patients (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, UNIQUE (tenant_id, id));
CREATE TABLE notes (id bigint PRIMARY KEY, patient_id bigint NOT NULL REFERENCES patients, body text NOT NULL);
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_patients ON patients USING (tenant_id = current_setting('app.tenant_id')::bigint);
```

Good:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE countries (code char(2) PRIMARY KEY);
CREATE TABLE patients (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, country char(2) REFERENCES countries
);
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_patients ON patients USING (tenant_id = current_setting('app.tenant_id')::bigint);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, ColumnType, ForeignKey, Isolation, Schema, Table
from langgraph_dba.database.rules.kit.changes import add_tenant_to_key, change_column, free_name, index_foreign_keys
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield tables without a tenant column that reference tenant-owned tables; none if tenants do not share tables."""
    # with a schema or a database per tenant, the tables need no tenant column
    if schema.isolation is None or schema.isolation.model != "shared-schema":
        return
    targets = [k.target for k in table.foreign_keys if schema.table(k.target).is_tenant_owned]
    if targets and not table.is_tenant_owned:
        message = f"{table.name} references {targets[0]} but has no tenant column: every tenant can read it"
        instead = f"add {schema.isolation.column}, add it to each foreign key, and include the table in the policies"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add the tenant column, or declare an existing one, and add it to the foreign keys to and from the table."""
    isolation = schema.isolation
    assert isolation, "the rule reports nothing without an isolation"
    schema = _add_tenant_column(schema, schema.table(location.table), isolation)
    # a copy of the list, because each change makes a new schema with other foreign keys
    for table, key in list(schema.foreign_keys()):
        target = schema.table(key.target)
        affected = location.table in (table.name, key.target) and key.target != isolation.table
        if affected and table.is_tenant_owned and target.is_tenant_owned:
            schema = add_tenant_to_key(schema, table.name, key.name)
    return index_foreign_keys(schema, location.table)


def _add_tenant_column(schema: Schema, table: Table, isolation: Isolation) -> Schema:
    """Return the schema in which the table has a required tenant column with a foreign key to the tenants."""
    if isolation.column not in table.column_names:
        column = Column(name=isolation.column, type=ColumnType(name="reference"))
        # behind a surrogate key, as in a new design: the order of columns is what people read
        first = len(table.primary_key) == 1 and table.columns[0].name in table.primary_key
        table = table.with_(columns=(*table.columns[:first], column, *table.columns[first:]))
    table = table.with_(tenant_column=isolation.column)
    if not any(key.target == isolation.table and key.columns == (isolation.column,) for key in table.foreign_keys):
        tenant_key = ForeignKey(
            name=free_name(schema, f"{table.name}_tenant_fkey"),
            columns=(isolation.column,),
            target=isolation.table,
            target_columns=schema.table(isolation.table).primary_key,
        )
        table = table.with_(foreign_keys=(tenant_key, *table.foreign_keys))
    return change_column(schema.replace(table), table.name, isolation.column, nullable=False)
