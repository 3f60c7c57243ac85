"""A view reads its tables with the privileges of its owner, so their policies do not apply to the reader.

The owner of the view is mostly the owner of the tables or a superuser, for whom policies do not hold: every reader of
the view then sees the rows of all tenants. A materialised view stores them, and has no policies itself.

Bad:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, account text NOT NULL, total numeric(12, 2) NOT NULL);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_invoices ON invoices USING (account = current_user);
CREATE VIEW totals AS SELECT account, sum(total) AS total FROM invoices GROUP BY account;
```

Good:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, account text NOT NULL, total numeric(12, 2) NOT NULL);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_invoices ON invoices USING (account = current_user);
CREATE VIEW totals WITH (security_invoker) AS SELECT account, sum(total) AS total FROM invoices GROUP BY account;
```
"""

import re
from collections.abc import Iterator, Mapping

from langgraph_dba.database.model.schema import Schema, Table, View
from langgraph_dba.database.rules.kit.row_security import is_protected
from langgraph_dba.database.rules.kit.view_sources import relations_read
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"
fix = None  # a view may be meant to show more than its reader may see of the tables
_INVOKER = re.compile(r"security_invoker\s*(=\s*(true|on|yes|1)\s*)?(,|$)", re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    """Yield views with the privileges of their owner that read tables with row security.

    They are minor if the policies of all these tables are forced: they then hold for an owner that is no superuser.
    """
    protected = {table.sql_name: table for table in schema.tables if is_protected(table, schema)}
    sources: dict[str, Mapping[str, Table]] = {}
    for view in schema.views if protected else ():
        names = relations_read(view, schema.engine)
        # through a view with its caller's privileges, a view with its owner's privileges reads the tables as the owner
        inner = {name: table for one in names for name, table in sources.get(one, {}).items()}
        tables = {name: protected[name] for name in sorted(names) if name in protected} | inner
        sources[view.name] = tables if _is_invoker(view) else {}
        if tables and not _is_invoker(view):
            yield _finding(view, tables)


def _is_invoker(view: View) -> bool:
    return not view.materialised and _INVOKER.search(view.options) is not None


def _finding(view: View, tables: Mapping[str, Table]) -> Finding:
    forced = not view.materialised and all(table.row_security != "enabled" for table in tables.values())
    does = "stores rows" if view.materialised else "reads rows with its owner's privileges"
    message = f"{view.name} {does} of {', '.join(tables)}: the policies do not apply to its readers"
    if view.materialised:
        instead = f"REVOKE SELECT ON {view.name} from all roles that may not see every row"
    else:
        instead = f"ALTER VIEW {view.name} SET (security_invoker = true)"
    return Finding.in_schema(__name__, "minor" if forced else SEVERITY, view.name, message, instead)
