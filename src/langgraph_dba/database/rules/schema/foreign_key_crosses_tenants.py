"""A foreign key without the tenant column can reference a row of another tenant.

Row-level security does not cover foreign keys: the engine checks them without the policies. An invoice of one clinic
could reference a patient of another, and the delete of that patient would fail or change the invoice.

Bad:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE patients (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, UNIQUE (tenant_id, id));
CREATE TABLE invoices (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, patient_id bigint NOT NULL REFERENCES patients
);
```

Good:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE patients (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, UNIQUE (tenant_id, id));
CREATE TABLE invoices (
  id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, patient_id bigint NOT NULL,
  FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.database.rules.kit.changes import add_tenant_to_key
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "critical"


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield foreign keys between tenant-owned tables that lack the tenant column on either side."""
    for key in table.foreign_keys:
        target = schema.table(key.target)
        # a foreign key to the table of tenants (a partner, a reseller) references a tenant, not rows of one
        if not (table.is_tenant_owned and target.is_tenant_owned) or schema.is_tenant_table(target):
            continue
        if (table.tenant_column, target.tenant_column) not in tuple(zip(key.columns, key.target_columns, strict=True)):
            yield _finding(table, key, target)


def _finding(table: Table, key: ForeignKey, target: Table) -> Finding:
    own = table.without_tenant(key.columns)  # empty if the key is the tenant column alone
    return Finding.in_schema(
        __name__,
        SEVERITY,
        table.name,
        f"{', '.join(own)} may reference a row of {key.target} that belongs to another tenant",
        f"reference {key.target} by ({target.tenant_column}, …) from ({', '.join((str(table.tenant_column), *own))})",
        column=own[0] if own else key.columns[0],
        constraint=key.name,
    )


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add the tenant column to both sides of the foreign key."""
    return add_tenant_to_key(schema, location.table, location.constraint)
