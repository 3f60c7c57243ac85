"""An invalid index serves no query, and writes may still maintain it.

`CREATE INDEX CONCURRENTLY` and `REINDEX CONCURRENTLY` leave one if they fail or are interrupted. The table then looks
indexed in every listing, and a unique one is not guaranteed to be without duplicates.

Repair:

```sql
DROP INDEX CONCURRENTLY customers_email_key;
CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield indexes that are not valid and are not being built."""
    for one in condition.invalid_index:
        also = " and its uniqueness does not hold for all rows" if one.unique else ""
        message = f"{one.name} is not valid: no query uses it{also}"
        first = "remove the duplicates, then " if one.unique else ""
        instead = (
            f"{first}REINDEX INDEX CONCURRENTLY {one.name}; if it is not needed, DROP INDEX CONCURRENTLY {one.name}"
        )
        yield in_schema(__name__, SEVERITY, one.table, message, instead, constraint=one.name)
