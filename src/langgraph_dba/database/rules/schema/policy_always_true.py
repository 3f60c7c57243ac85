"""A permissive policy `USING (true)` for all roles shows every tenant the rows of all others.

Permissive policies are joined by OR: one that is always true makes the others without effect. A policy of this kind for
a named role (an administrator's) is not reported, nor one beside a restrictive policy.

Bad:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE patients (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_patients ON patients USING (tenant_id = current_setting('app.tenant_id')::bigint);
CREATE POLICY all_patients ON patients FOR SELECT USING (true);
```

Good:

```sql
CREATE TABLE tenants (id bigint PRIMARY KEY);
CREATE TABLE patients (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);
CREATE TABLE countries (code char(2) PRIMARY KEY);
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
ALTER TABLE countries ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_patients ON patients USING (tenant_id = current_setting('app.tenant_id')::bigint);
CREATE POLICY all_countries ON countries FOR SELECT USING (true);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Policy, Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"
fix = None  # without the policy, roles may see nothing
_TRUE = frozenset({"true", "(true)", "(1 = 1)"})


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield policies of tenant-owned tables that let every role see all rows."""
    for policy in table.policies if table.is_tenant_owned else ():
        if _shows_all(policy) and not _is_restricted(table, policy):
            message = f"the policy {policy.name} lets every role see the rows of all tenants in {table.name}"
            instead = f"DROP POLICY {policy.name} ON {table.name}, or compare {table.tenant_column} in it"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, constraint=policy.name)


def _shows_all(policy: Policy) -> bool:
    # INSERT has only WITH CHECK: its rows are those that the role writes
    return policy.permissive and "public" in policy.roles and policy.command != "insert" and policy.using in _TRUE


def _is_restricted(table: Table, policy: Policy) -> bool:
    commands = {"all", policy.command}
    return any(not other.permissive and other.command in commands for other in table.policies)
