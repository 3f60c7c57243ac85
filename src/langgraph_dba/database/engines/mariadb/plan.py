"""Convert MariaDB's `EXPLAIN FORMAT=JSON` and `ANALYZE FORMAT=JSON` to a `Plan`."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from langgraph_dba.database.engines.plan import NodeKind, Plan
from langgraph_dba.errors import EngineError

Raw = Mapping[str, Any]
_SEARCHES: frozenset[str] = frozenset(
    {"const", "eq_ref", "ref", "ref_or_null", "range", "fulltext", "system", "unique_subquery"}
)
_WRAPPERS: Mapping[str, NodeKind] = {
    "filesort": "sort",
    "temporary_table": "materialise",
    "window_functions_computation": "window",
    "duplicates_removal": "distinct",
    "expression_cache": "materialise",
    "materialized": "materialise",
    "buffer_result": "materialise",
    "read_sorted_file": "sort",
}
_ACCESS: Mapping[str, NodeKind] = {
    **dict.fromkeys(_SEARCHES, "index-search"),
    "index": "index-scan",
    "index_merge": "index-scan",
    "ALL": "table-scan",
}


# One entry per line; its text may contain unescaped quotes: `"key": "a "b""` and `"keys": ["a "b"", "c"]`
_TEXT = re.compile(r'^(\s*"[^"]+": )"(.*)"(,?)$', re.MULTILINE)
_TEXTS = re.compile(r'^(\s*"[^"]+": )\["(.*)"\](,?)$', re.MULTILINE)


def read(answer: str, tables: Mapping[str, str]) -> Plan:
    """Convert the JSON answer to a plan; `tables` maps the names and aliases in the statement to tables."""
    block = _document(answer)["query_block"]
    return Plan(
        "query",
        "query_block",
        actual_rows=None,
        cost=block.get("cost"),
        buffers=_pages(block),
        time_ms=block.get("r_total_time_ms"),
        children=tuple(_steps(block, tables)),
    )


def _document(answer: str) -> Raw:
    # MariaDB does not escape names and conditions: one with a quote or a backslash makes the answer invalid JSON
    try:
        document: Raw = json.loads(answer)
    except ValueError:
        escaped = _TEXTS.sub(lambda one: one[1] + json.dumps(one[2].split('", "')) + one[3], answer)
        escaped = _TEXT.sub(lambda one: one[1] + json.dumps(one[2]) + one[3], escaped)
        try:
            document = json.loads(escaped)
        except ValueError:
            raise EngineError(f"the engine's plan is not valid JSON: {answer[:200]}") from None
    return document


def _steps(raw: Raw, tables: Mapping[str, str]) -> Iterator[Plan]:
    """Yield the steps in an object of the answer: each key is a kind of step."""
    for key, value in raw.items():
        match key:
            case "nested_loop":
                yield _join([step for one in value for step in _steps(one, tables)], value)
            case "table" | "block-nl-join" | "range-checked-for-each-record":
                yield _read(value, tables)
            case "query_block":
                yield from _steps(value, tables)
            case "union_result" | "recursive_union":
                parts = tuple(step for one in value["query_specifications"] for step in _steps(one, tables))
                yield Plan("union", key, actual_rows=_rows(value), buffers=_pages(value), children=parts)
            case "subqueries":
                below = tuple(step for one in value for step in _steps(one, tables))
                yield Plan("subquery", key, buffers=_pages(value), children=below)
            case "sorts":
                yield from (step for one in value for step in _steps(one, tables))
            case _ if key in _WRAPPERS:
                yield _wrapper(key, value, tables)


def _join(steps: list[Plan], raw: Any) -> Plan:
    return steps[0] if len(steps) == 1 else Plan("join", "nested_loop", buffers=_pages(raw), children=tuple(steps))


def _wrapper(key: str, raw: Raw, tables: Mapping[str, str]) -> Plan:
    rows = raw.get("r_output_rows")
    return Plan(
        _WRAPPERS[key],
        f"{key} {raw['sort_key']}" if "sort_key" in raw else key,
        actual_rows=None if rows is None else float(rows),
        loops=raw.get("r_loops"),
        buffers=_pages(raw),
        time_ms=raw.get("r_total_time_ms"),
        children=tuple(_steps(raw, tables)),
    )


def _read(raw: Raw, tables: Mapping[str, str]) -> Plan:
    raw = raw.get("table", raw)
    if "message" in raw and "access_type" not in raw:
        return Plan("values", str(raw["message"]))  # such as "Impossible WHERE": no table is read
    name, access = str(raw.get("table_name", "")), str(raw.get("access_type", ""))
    if name.startswith("<"):
        kind: NodeKind = "subquery"
    elif "update" in raw or "delete" in raw or "insert" in raw:
        kind = "write"
    else:
        kind = _ACCESS.get(access, "other")
    # ANALYZE reports the time of the storage engine and the other time separately
    time = [raw[part] for part in ("r_table_time_ms", "r_other_time_ms") if part in raw]
    return Plan(
        kind=kind,
        label=access or "table",
        table="" if name.startswith("<") else tables.get(name, name),
        index=str(raw.get("key", "")),
        covering=bool(raw.get("using_index")),
        searched=tuple(raw.get("used_key_parts", ())) if access in _SEARCHES else (),
        condition=str(raw.get("attached_condition", raw.get("index_condition", ""))),
        estimated_rows=float(raw["rows"]) if "rows" in raw else None,
        actual_rows=_rows(raw),
        loops=raw.get("r_loops"),
        cost=raw.get("cost"),
        buffers=_pages(raw),
        time_ms=sum(time) if time else None,
        children=tuple(_steps({k: v for k, v in raw.items() if k in _WRAPPERS}, tables)),
    )


def _rows(raw: Raw) -> float | None:
    rows = raw.get("r_rows")  # an average per loop
    return None if rows is None else float(rows) * float(raw.get("r_loops", 1))


def _pages(raw: Any) -> int | None:
    """Return the pages read by a step and all below it; None if the server does not count them (before 10.6.15)."""
    counts = list(_page_counts(raw))
    return sum(counts) if counts else None


def _page_counts(raw: Any) -> Iterator[int]:
    if isinstance(raw, list):
        for one in raw:
            yield from _page_counts(one)
    elif isinstance(raw, dict):
        if "pages_accessed" in raw:
            yield int(raw["pages_accessed"])
        for value in raw.values():
            yield from _page_counts(value)
