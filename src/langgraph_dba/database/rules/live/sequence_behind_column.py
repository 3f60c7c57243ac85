"""If a sequence is behind the highest value of its column, inserts fail with a duplicate key.

That happens after rows were loaded with their keys (a dump of data only, a replication that was switched over), because
only the default of the column advances its sequence.

Repair:

```sql
SELECT setval('orders_id_seq', (SELECT max(id) FROM orders));
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield sequences whose next value is not above the highest value of their unique column."""
    for one in condition.key:
        if one.unique and one.next_value is not None and one.highest is not None and one.next_value <= one.highest:
            message = f"{one.sequence} returns {one.next_value} next, but {one.column} has values up to {one.highest}"
            literal = one.sequence.replace("'", "''")
            instead = f"SELECT setval('{literal}', (SELECT max({one.column}) FROM {one.table}))"
            yield in_schema(__name__, SEVERITY, one.table, message, instead, column=one.column)
