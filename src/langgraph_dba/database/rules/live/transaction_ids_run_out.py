"""When the oldest transaction id of a database is 2,147 million transactions old, the server accepts no more writes.

Autovacuum freezes old rows from `autovacuum_freeze_max_age` on. An age far above it means that something stops it: a
transaction that stays open, a prepared transaction, a replication slot without a consumer, or a table that it cannot
finish. Multixact ids, which several lockers of one row share, have the same limit.

Repair:

```sql
SELECT pid, backend_xmin FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC;
SELECT gid, prepared FROM pg_prepared_xacts;
SELECT slot_name, xmin, catalog_xmin FROM pg_replication_slots;
VACUUM (FREEZE, VERBOSE) events;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"
_END = 2**31


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield ages of twice the age at which autovacuum freezes; they are critical from half of the limit on."""
    for one in condition.age:
        is_critical = one.age >= _END / 2
        if is_critical or one.age > 2 * one.freeze_age:
            message = (
                f"the oldest {one.kind} id of {one.database} is {one.age:,} old: {one.age / _END:.0%} of the age at "
                f"which writes stop; autovacuum should freeze it from {one.freeze_age:,} on"
            )
            vacuum = f"VACUUM (FREEZE) {one.oldest_table}; " if one.oldest_table else "VACUUM (FREEZE) in it; "
            instead = (
                f"{vacuum}first end what holds old rows: old transactions (pg_stat_activity.backend_xmin), "
                "pg_prepared_xacts, unused pg_replication_slots"
            )
            severity: Severity = SEVERITY if is_critical else "major"
            constraint = f"{one.database} {one.kind}"
            yield in_schema(__name__, severity, one.oldest_table, message, instead, constraint=constraint)
