"""A policy has no effect until row security is enabled on its table.

CREATE POLICY succeeds without it, and the table then looks protected in a listing of policies while every role with a
privilege on it sees all rows.

Bad:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, account text NOT NULL);
CREATE POLICY own_invoices ON invoices USING (account = current_user);
```

Good:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, account text NOT NULL);
CREATE POLICY own_invoices ON invoices USING (account = current_user);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.row_security import is_protected
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"
fix = None  # it changes which rows each role reads: the owner must know all of its policies


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield tables with policies and without row security."""
    if table.policies and not is_protected(table, schema):
        names = ", ".join(policy.name for policy in table.policies)
        message = f"{table.name} has policies ({names}), but row security is off: they have no effect"
        instead = f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, constraint=table.policies[0].name)
