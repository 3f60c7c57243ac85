"""A permissive policy `USING (true)` shows every tenant's rows to all roles that it is for.

Permissive policies are joined by OR: one that is always true makes the others without effect. For all roles, or for
the application's, it is critical, and for a role of visitors without a login (`anon`) until a comment states it. A role
of the staff may serve all tenants: a policy for such a role by name is a minor finding until
`COMMENT ON POLICY … IS 'the support answers all clinics'` states that. A policy beside a restrictive one is not
reported.

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

import re
from collections.abc import Iterator

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.simplify import simplify

from langgraph_dba.database.model.isolation import VISITORS
from langgraph_dba.database.model.schema import Policy, Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"
fix = None  # without the policy, roles may see nothing


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield policies of tenant-owned tables that let all roles, or the roles that they name, see all rows."""
    for policy in table.policies if table.is_tenant_owned else ():
        if not _shows_all(policy) or _is_restricted(table, policy):
            continue
        name = policy.name if re.fullmatch(r"[a-z_]\w*", policy.name) else f'"{policy.name}"'
        instead = f"DROP POLICY {name} ON {table.sql_name}, or compare {table.tenant_column} in it"
        bound = _bound_application(table, policy, schema)
        if bound:
            message = f"the policy {policy.name} lets {bound} see the rows of all tenants in {table.name}"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, constraint=policy.name)
        elif not _is_stated(table, policy, schema):
            does = {"all": "reads and changes", "select": "reads", "update": "reads and changes", "delete": "deletes"}
            message = f"{', '.join(policy.roles)} {does[policy.command]} the rows of every tenant in {table.name}"
            stated = f"COMMENT ON POLICY {name} ON {table.sql_name} IS '…'"
            instead = f"if that is the purpose of the role, state it: {stated}; otherwise {instead}"
            yield Finding.in_schema(__name__, "minor", table.name, message, instead, constraint=policy.name)


def _shows_all(policy: Policy) -> bool:
    # INSERT has only WITH CHECK: its rows are those that the role writes
    return policy.permissive and policy.command != "insert" and _is_true(policy.using)


def _is_true(condition: str) -> bool:
    """Return whether a condition is true for each row: `true`, `1 = 1`, `… OR true`."""
    try:
        node = simplify(parse_one(condition, dialect="postgres"))
    except (SqlglotError, RecursionError):
        return False
    return isinstance(node.unnest(), exp.Boolean) and bool(node.unnest().this)


def _is_restricted(table: Table, policy: Policy) -> bool:
    commands = {"all", policy.command}
    return any(
        not other.permissive
        and other.command in commands
        and not _is_true(other.using)
        and ("public" in other.roles or set(policy.roles) <= set(other.roles))
        for other in table.policies
    )


def _bound_application(table: Table, policy: Policy, schema: Schema) -> str:
    """Return the roles without the purpose to see all tenants: all, the application's, visitors; empty for others."""
    if "public" in policy.roles:
        return "every role"
    groups = {group for role in schema.roles if role.name == schema.app_role for group in role.member_of}
    if {schema.app_role, *groups}.intersection(policy.roles):
        return f"the application, as {schema.app_role},"
    visitors = sorted(VISITORS.intersection(policy.roles))
    # rows may be published on purpose
    return f"visitors without a login, as {visitors[0]}," if visitors and not _is_stated(table, policy, schema) else ""


def _is_stated(table: Table, policy: Policy, schema: Schema) -> bool:
    """Return whether a comment on the policy says something."""
    subject = rf'COMMENT ON POLICY "?{re.escape(policy.name)}"? ON (?:\S+\.)?"?{re.escape(table.sql_name)}"? IS .*\w'
    return any(re.match(subject, other.definition, re.IGNORECASE) for other in schema.others if other.kind == "comment")
