"""A table that hangs on tenants' rows but names no tenant is open to all of them.

No policy can tell whose row it is, so every tenant reads it, and no reference to it can be kept within one.

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
from langgraph_dba.database.rules.kit.changes import change_column, free_name, keep_within_tenant, support
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


def check(schema: Schema) -> Iterator[Finding]:
    """Yield tables beside an isolation that refer to tenants' rows and have no tenant column."""
    if schema.isolation is None or schema.isolation.model != "shared-schema":
        return
    for table in schema.tables:
        named = [k.target for k in table.foreign_keys if schema.table(k.target).is_tenant_owned]
        if named and not table.is_tenant_owned:
            message = f"{table.name} refers to {named[0]} but names no tenant: everyone may read it"
            instead = f"add {schema.isolation.column}, put it into each reference, and let the policies cover the table"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add the tenant column, or declare the one that is there, and keep references to and from the table within it."""
    isolation = schema.isolation
    assert isolation, "the rule speaks only where tenants are kept apart"
    schema = _named(schema, schema.table(location.table), isolation)
    for table, key in list(schema.foreign_keys()):
        target = schema.table(key.target)
        mixed = location.table in (table.name, key.target) and key.target != isolation.table
        if mixed and table.is_tenant_owned and target.is_tenant_owned:
            schema = keep_within_tenant(schema, table.name, key.name)
    return support(schema, location.table)


def _named(schema: Schema, table: Table, isolation: Isolation) -> Schema:
    """Let every row say whose it is."""
    if isolation.column not in table.column_names:
        column = Column(name=isolation.column, type=ColumnType(name="reference"))
        first = len(table.primary_key) == 1 and table.columns[0].name in table.primary_key
        table = table.with_(columns=(*table.columns[:first], column, *table.columns[first:]))
    table = table.with_(tenant_column=isolation.column)
    if not any(key.target == isolation.table and key.columns == (isolation.column,) for key in table.foreign_keys):
        own = ForeignKey(
            name=free_name(schema, f"{table.name}_tenant_fkey"),
            columns=(isolation.column,),
            target=isolation.table,
            target_columns=schema.table(isolation.table).primary_key,
        )
        table = table.with_(foreign_keys=(own, *table.foreign_keys))
    return change_column(schema.replace(table), table.name, isolation.column, nullable=False)
