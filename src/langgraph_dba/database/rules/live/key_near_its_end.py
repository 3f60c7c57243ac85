"""When an integer key reaches the largest value of its type, every insert fails.

An integer ends at 2,147,483,647. A larger type needs a rewrite of the table, and of every table that references it:
that takes hours in which the inserts already fail. A column of a smaller type that references the key ends earlier.

Repair:

```sql
ALTER TABLE events ALTER COLUMN id TYPE bigint;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.engines.condition import KeyPosition
from langgraph_dba.database.rules.kit.live_finding import in_schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "critical"
_WARNING, _DANGER = 0.5, 0.8


def check(condition: LiveCondition) -> Iterator[Finding]:
    """Yield keys whose sequence has used half of their range; they are critical from four fifths on.

    A high value that no sequence has returned is minor: it may be a number from outside, which counts nothing.
    """
    for one in condition.key:
        share = one.counted / one.end
        if share >= _WARNING:
            message = f"{one.column} has used {share:.0%} of its range: {one.counted:,} of {one.end:,}, {_limit(one)}"
            severity: Severity = SEVERITY if share >= _DANGER else "major"
            yield in_schema(__name__, severity, one.table, message, _advice(one), column=one.column)
        elif one.highest and one.highest / one.end >= _WARNING:
            message = f"{one.column} has values up to {one.highest:,} and ends at {one.end:,}, {_limit(one)}"
            instead = f"if it counts up, {_advice(one)}"
            yield in_schema(__name__, "minor", one.table, message, instead, column=one.column)


def _limit(key: KeyPosition) -> str:
    if key.end == key.narrowest_maximum:
        return f"the largest value of {key.narrower[0]}, which references it"
    return f"the largest value of {key.type}" if key.end == key.maximum else f"the end of {key.sequence}"


def _advice(key: KeyPosition) -> str:
    steps = [f"give {', '.join(key.narrower)} a larger type"] if key.narrower else []
    if key.widen and key.end == key.maximum:
        steps.append(f"{key.widen} (it locks and rewrites the table: fill a new column in batches if it is large)")
    elif key.end == key.sequence_maximum:
        steps.append(f"ALTER SEQUENCE {key.sequence} NO MAXVALUE")
    return "; ".join(steps) or "use another key for new rows: no integer type is larger"
