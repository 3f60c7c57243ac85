"""An index that was sorted by another version of the collation misses rows and accepts duplicates.

An upgrade of the operating system can change the order of texts. An index over texts keeps the old order: searches look
in the wrong place, and a unique index no longer finds the equal value.

Repair:

```sql
REINDEX INDEX customers_name_idx;
ALTER DATABASE shop REFRESH COLLATION VERSION;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield collations whose library has another version than recorded; without an index, they are minor."""
    for one in condition.collation:
        message = (
            f"the {one.kind} {one.name} was created with version {one.recorded} of its collation, and the operating "
            f"system now has {one.actual}: {len(one.indexes)} or more indexes may be in the wrong order"
            if one.indexes
            else f"the {one.kind} {one.name} has version {one.recorded} of its collation, the system has {one.actual}"
        )
        noun, version = ("DATABASE", "COLLATION VERSION") if one.kind == "database" else ("COLLATION", "VERSION")
        rebuild = "".join(f"REINDEX INDEX {index}; " for index in one.indexes)
        severity: Severity = SEVERITY if one.indexes else "minor"
        instead = f"{rebuild}ALTER {noun} {one.name} REFRESH {version}"
        yield in_schema(__name__, severity, "", message, instead, constraint=one.name)
