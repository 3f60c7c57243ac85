"""Without statistics of a table, the planner guesses how many rows a condition returns.

Tables are without statistics after a restore or a bulk load. Autovacuum analyses no partitioned table as a whole, and
SQLite analyses only on request.

Repair:

```sql
ANALYZE orders;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield tables with many rows that were never analysed."""
    for one in condition.statistics:
        size = f"{one.rows:,} or more rows" if one.rows else f"{one.size_bytes // 1024:,} kB"
        whole = " as a whole, which autovacuum does not do for partitioned tables" if one.partitioned else ""
        message = f"{one.table} has {size} and was never analysed{whole}"
        yield in_schema(__name__, SEVERITY, one.table, message, one.gather)
