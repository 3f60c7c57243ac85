"""An extension of an older version than its program files lacks their corrections in SQL.

An upgrade of the packages replaces the library, but each database keeps the extension's SQL objects of the old version
until they are updated.

Repair:

```sql
ALTER EXTENSION pg_trgm UPDATE;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield extensions whose version is not the default of the installed files."""
    for one in condition.extension:
        message = f"the extension {one.name} has version {one.installed}, and {one.available} is installed"
        yield in_schema(__name__, SEVERITY, "", message, f"ALTER EXTENSION {one.name} UPDATE", constraint=one.name)
