"""A reference without the tenant in it can point into another tenant's rows.

Row-level security does not look at references: the engine checks a foreign key past all policies, so an invoice of one
clinic could name a patient of another, and a delete there would act here.

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
from langgraph_dba.database.rules.kit.changes import keep_within_tenant
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "critical"


def check(schema: Schema) -> Iterator[Finding]:
    """Yield references between tables of tenants that do not hold the tenant on both sides.

    A further reference to the tenants' own table is let be: who partners with whom is no leak.
    """
    for table, key in schema.foreign_keys():
        target = schema.table(key.target)
        if not (table.is_tenant_owned and target.is_tenant_owned) or schema.is_tenant_table(target):
            continue
        if (table.tenant_column, target.tenant_column) not in tuple(zip(key.columns, key.target_columns, strict=True)):
            yield _finding(table, key, target)


def _finding(table: Table, key: ForeignKey, target: Table) -> Finding:
    own = table.without_tenant(key.columns)
    return Finding.in_schema(
        __name__,
        SEVERITY,
        table.name,
        f"{', '.join(own)} may name a row of {key.target} that belongs to another tenant",
        f"reference {key.target} by ({target.tenant_column}, …) from ({', '.join((str(table.tenant_column), *own))})",
        column=own[0] if own else key.columns[0],
        constraint=key.name,
    )


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Put the tenant into the key on both sides."""
    return keep_within_tenant(schema, location.table, location.constraint)
