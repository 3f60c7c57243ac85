"""Convert PostgreSQL's `EXPLAIN (FORMAT JSON)` to a `Plan`."""

import re
from collections.abc import Mapping
from typing import Any

from langgraph_dba.database.engines.plan import NodeKind, Plan

_KINDS: Mapping[str, NodeKind] = {
    "Seq Scan": "table-scan", "Sample Scan": "table-scan", "Foreign Scan": "table-scan",
    "Index Scan": "index-search", "Index Only Scan": "index-search", "Bitmap Index Scan": "index-search",
    "Tid Scan": "index-search", "Tid Range Scan": "index-search", "Bitmap Heap Scan": "bitmap-scan",
    "Nested Loop": "join", "Hash Join": "join", "Merge Join": "join",
    "Sort": "sort", "Incremental Sort": "sort", "Aggregate": "aggregate", "Group": "aggregate",
    "WindowAgg": "window", "Unique": "distinct", "Limit": "limit", "Append": "union", "MergeAppend": "union",
    "Merge Append": "union", "Recursive Union": "union", "SetOp": "union", "Materialize": "materialise",
    "Memoize": "materialise", "Hash": "materialise", "Subquery Scan": "subquery", "CTE Scan": "subquery",
    "WorkTable Scan": "subquery", "Function Scan": "function", "Table Function Scan": "function",
    "ProjectSet": "function", "Values Scan": "values", "Result": "values", "ModifyTable": "write",
    "LockRows": "write",
}  # fmt: skip
_CONDITIONS = ("Filter", "Recheck Cond", "Join Filter", "Hash Cond", "Merge Cond", "One-Time Filter")
# The column before an operator of an index condition: (tenant_id = 1), ((code)::text = 'a'::text), ("Order" = ANY (…))
_CONDITION_COLUMN = re.compile(
    r'\(\(*(?:"([^"]+)"|(\w+))\)?(?:::[\w ]+(?:\([\d, ]+\))?)?\)* (?:[<>=~@&|?^!*%#-]+|IS|ROW)'
)


def read(document: Mapping[str, Any]) -> Plan:
    """Convert one entry of the JSON answer to a plan."""
    return _step(document["Plan"])


def _step(raw: Mapping[str, Any]) -> Plan:
    label = str(raw["Node Type"])
    index_condition = str(raw.get("Index Cond", ""))
    kind = _KINDS.get(label, "other")
    # without a condition PostgreSQL reads the whole index, for its order or because it covers the query
    if kind == "index-search" and not index_condition and not label.startswith("Tid"):
        kind = "index-scan"
    loops = raw.get("Actual Loops")
    rows = raw.get("Actual Rows")
    time = raw.get("Actual Total Time")
    buffers = [raw[name] for name in ("Shared Hit Blocks", "Shared Read Blocks") if name in raw]
    return Plan(
        kind=kind,
        label=label,
        table=str(raw.get("Relation Name", "")),
        index=str(raw.get("Index Name", "")),
        covering=label == "Index Only Scan",
        searched=tuple(dict.fromkeys(quoted or bare for quoted, bare in _CONDITION_COLUMN.findall(index_condition))),
        condition=" and ".join(str(raw[name]) for name in _CONDITIONS if name in raw and label != "Bitmap Heap Scan"),
        estimated_rows=float(raw["Plan Rows"]),
        # EXPLAIN reports rows and time per loop
        actual_rows=None if rows is None or loops is None else float(rows) * loops,
        loops=loops,
        cost=float(raw["Total Cost"]) if "Total Cost" in raw else None,
        buffers=sum(buffers) if buffers else None,
        time_ms=None if time is None or loops is None else float(time) * loops,
        heap_fetches=raw.get("Heap Fetches"),
        children=tuple(_step(child) for child in raw.get("Plans", ())),
    )
