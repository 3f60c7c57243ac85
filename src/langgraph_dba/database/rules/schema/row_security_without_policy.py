"""With row security and no policy, only the owner of a table and superusers see its rows.

Every other role reads an empty table without an error, whatever was granted to it. If the table is meant to be closed
to the application, a REVOKE says so, and a query then fails instead of returning nothing.

Bad:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, account text NOT NULL);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON invoices TO app_user;
```

Good:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, account text NOT NULL);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_invoices ON invoices USING (account = current_user);
GRANT SELECT ON invoices TO app_user;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"
fix = None  # which rows a role may see is known only to the owner


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield tables with row security and without a policy; they are minor if no role was granted anything on them."""
    if table.row_security and not table.policies:
        exempt = {role.name for role in schema.roles if role.unrestricted_by}
        roles = sorted({grant.role for grant in schema.grants if grant.on == table.sql_name} - exempt)
        others = f", except {', '.join(sorted(exempt))}," if exempt else ""
        readers = f"{', '.join(roles)} and every other role{others}" if roles else "every role but the owner"
        message = f"{table.name} has row security and no policy: {readers} sees none of its rows"
        instead = f"CREATE POLICY … ON {table.name} USING (…), or REVOKE ALL ON {table.name} FROM the roles"
        yield Finding.in_schema(__name__, SEVERITY if roles else "minor", table.name, message, instead)
