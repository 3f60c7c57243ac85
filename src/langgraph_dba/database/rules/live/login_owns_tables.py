"""A login that owns tables can drop them, and row security and REVOKE do not restrict it.

Policies apply to the owner of a table only with FORCE ROW LEVEL SECURITY, and an owner can grant itself every privilege
again. An application that logs in as the owner makes both without effect, and an injected statement can drop tables.

Repair:

```sql
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE ROLE app LOGIN;
GRANT USAGE ON SCHEMA public TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
ALTER ROLE shop_owner NOLOGIN;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield logins that own tables; they are minor if no policy is bypassed and the connection uses another login."""
    for one in condition.owner:
        policies = f", and the policies of {', '.join(one.exempt)} do not apply to it" if one.exempt else ""
        message = f"the login {one.role} owns {one.total} tables, such as {one.tables[0]}{policies}"
        force = "".join(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY; " for table in one.exempt)
        instead = (
            f"{force}let the application log in as a role that owns nothing, with GRANT SELECT, INSERT, UPDATE, DELETE "
            "on the tables that it uses; keep this role for migrations"
        )
        severity: Severity = SEVERITY if one.exempt or one.current else "minor"
        table = (*one.exempt, *one.tables)[0]
        yield in_schema(__name__, severity, table, message, instead, constraint=one.role)
