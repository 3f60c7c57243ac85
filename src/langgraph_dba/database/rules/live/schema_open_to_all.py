"""If every login may create objects in a schema, one of them can replace functions that others call.

A function or operator in `public` that fits the arguments better than the intended one runs with the privileges of its
caller. PostgreSQL granted CREATE on `public` to everyone until version 14, and an upgrade keeps the grant.

Repair:

```sql
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield schemas in which PUBLIC may create objects."""
    for one in condition.open_schema:
        message = f"every login may create objects in the schema {one.name}"
        instead = f"REVOKE CREATE ON SCHEMA {one.name} FROM PUBLIC"
        yield in_schema(__name__, SEVERITY, "", message, instead, constraint=one.name)
