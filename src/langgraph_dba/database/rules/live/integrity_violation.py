"""A damaged file, or rows that reference no row, make query results wrong.

SQLite enforces foreign keys only in connections that switch them on, and it notices damage only where it reads.

Repair:

```sql
PRAGMA foreign_key_check(orders);
DELETE FROM orders WHERE customer_id NOT IN (SELECT id FROM customers);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield a damaged file, and each table with rows that reference no row."""
    for one in condition.integrity:
        if one.kind == "damage":
            instead = "restore a backup, or write what is readable to a new file with `sqlite3 FILE .recover`"
            yield in_schema(
                __name__,
                SEVERITY,
                one.table,
                f"the file is damaged in {one.count} or more places: {one.message}",
                instead,
            )
        else:
            message = f"{one.count}{' or more' if one.at_least else ''} {one.message}"
            instead = (
                f"PRAGMA foreign_key_check({one.table}) lists them: correct or delete them, and switch "
                "`PRAGMA foreign_keys = ON` on in each connection"
            )
            yield in_schema(__name__, "major", one.table, message, instead)
