"""Changes of a table without a key cannot be replicated, or make a replica read the whole table for each row.

PostgreSQL refuses UPDATE and DELETE of a published table without a replica identity; MariaDB replicates them, but
searches each row without an index.

Repair:

```sql
ALTER TABLE readings ADD PRIMARY KEY (sensor, taken_at);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield tables without an identity for replicas; they are minor as long as their changes are not replicated."""
    for one in condition.replica_identity:
        lacks = "has REPLICA IDENTITY NOTHING" if one.identity == "nothing" else "has no key that identifies its rows"
        effect = (
            "although its changes are replicated"
            if one.published
            else "so an UPDATE cannot be replicated by an index, or at all"
        )
        instead = (
            f"ALTER TABLE {one.table} REPLICA IDENTITY DEFAULT, which is its primary key"
            if one.identity == "nothing"
            else f"ALTER TABLE {one.table} ADD PRIMARY KEY (…)"
        )
        severity: Severity = SEVERITY if one.published else "minor"
        yield in_schema(__name__, severity, one.table, f"{one.table} {lacks}, {effect}", instead)
