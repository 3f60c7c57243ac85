"""A table without transactions keeps half of a change that fails, and may be damaged by a crash.

`ROLLBACK` does not undo its changes, foreign keys on it are ignored, and each write locks the whole table.

Repair:

```sql
ALTER TABLE orders ENGINE = InnoDB;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield tables whose storage engine has no transactions."""
    for one in condition.storage:
        message = f"{one.table} is stored by {one.storage}, which has no transactions"
        instead = f"ALTER TABLE {one.table} ENGINE = InnoDB"
        yield in_schema(__name__, SEVERITY, one.table, message, instead)
