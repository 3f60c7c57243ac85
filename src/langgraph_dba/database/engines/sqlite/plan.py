"""Convert SQLite's `EXPLAIN QUERY PLAN` to a `Plan`. It reports steps and indexes but no estimates."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langgraph_dba.database.engines.plan import NodeKind, Plan

_READ = re.compile(
    r"(?P<verb>SCAN|SEARCH) (?:TABLE |SUBQUERY )?(?P<name>.+?)(?: AS (?P<alias>\S+))?"
    r"(?: USING (?P<auto>AUTOMATIC )?(?:PARTIAL )?(?P<covering>COVERING )?(?:INDEX (?P<index>.+?)|"
    r"(?P<rowid>INTEGER PRIMARY KEY)|PRIMARY KEY))?(?: \((?P<terms>.*)\))?"
    r"(?: VIRTUAL TABLE INDEX .*)?(?: [A-Z]+-JOIN| EXISTS)*$"
)
# a=?, (a,b)>(?,?), <expr>=?; SQLite writes names without quotes, even with special characters
_TERM = re.compile(r"\(?(<expr>|[^=<>]+?)\)?[=<>]")
_KINDS: Sequence[tuple[str, NodeKind]] = (
    ("USE TEMP B-TREE FOR ORDER BY", "sort"), ("USE TEMP B-TREE FOR LAST", "sort"),
    ("USE TEMP B-TREE FOR RIGHT PART", "sort"), ("USE TEMP B-TREE FOR GROUP BY", "aggregate"),
    ("USE TEMP B-TREE FOR DISTINCT", "distinct"), ("USE TEMP B-TREE FOR count(DISTINCT", "distinct"),
    ("COMPOUND QUERY", "union"), ("UNION", "union"), ("EXCEPT", "union"), ("INTERSECT", "union"), ("MERGE", "union"),
    ("MATERIALIZE", "materialise"), ("CO-ROUTINE", "subquery"), ("LIST SUBQUERY", "subquery"),
    ("REUSE LIST SUBQUERY", "subquery"), ("CORRELATED", "subquery"), ("SCALAR SUBQUERY", "subquery"),
    ("LEFT-MOST SUBQUERY", "union"), ("RECURSIVE STEP", "union"), ("SETUP", "union"), ("BLOOM FILTER", "filter"),
    ("SCAN CONSTANT ROW", "values"), ("SCAN CONSTANT ROWS", "values"),
)  # fmt: skip

KEYS = "SELECT name, type, pk FROM pragma_table_xinfo(:table)"


def row_number(columns: Sequence[tuple[Any, ...]]) -> str:
    """Return the column that is an alias of the row number, `rowid` if there is none, empty if it is not a table.

    `columns` are the rows of `KEYS`.
    """
    keys = [name for name, type_, key in columns if key and type_.upper() == "INTEGER"]
    return str(keys[0]) if len(keys) == 1 else "rowid" if columns else ""


def with_measurement(plan: Plan, run: Callable[[], int]) -> Plan:
    """Execute the statement of a plan and return the plan with the rows and the time of the whole statement."""
    # SQLite measures no single steps
    start = time.perf_counter()
    rows = float(run())
    return replace(plan, actual_rows=rows, time_ms=1000 * (time.perf_counter() - start), loops=1)


def read(rows: Iterable[tuple[Any, ...]], tables: Mapping[str, str], key_of: Callable[[str], str]) -> Plan:
    """Convert rows (id, parent, unused, detail) to a plan.

    `tables` maps the names and aliases in the statement to tables, because SQLite reports only aliases; `key_of`
    returns the column that is the row number of a table, as `row_number` does.
    """
    below: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        below.setdefault(row[1], []).append(row)

    def step(row: tuple[Any, ...]) -> Plan:
        return _step(row[3], tuple(step(child) for child in below.get(row[0], ())), tables, key_of)

    return Plan("query", "QUERY PLAN", children=tuple(step(row) for row in below.get(0, ())))


def _step(text: str, children: tuple[Plan, ...], tables: Mapping[str, str], key_of: Callable[[str], str]) -> Plan:
    kind = next((kind for start, kind in _KINDS if text.startswith(start)), None)
    access = _READ.match(text) if kind is None else None
    if access is None:
        return Plan(kind or "other", text, children=children)
    table = tables.get(access["name"], "" if access["name"].startswith("(") else access["name"])
    if access["name"] not in tables and not key_of(access["name"]):
        return Plan("subquery", text, children=children)  # it reads the rows of another step of the plan
    terms = [key_of(table) if term == "rowid" else term for term in _searched_columns(access["terms"] or "")]
    return Plan(
        kind="index-search" if access["verb"] == "SEARCH" else "index-scan" if access["index"] else "table-scan",
        label=text,
        table=table,
        index=access["index"] or ("row number" if access["rowid"] else ""),
        covering=bool(access["covering"]),
        searched=tuple(dict.fromkeys(terms)),
        condition="",
        children=children,
    )


def _searched_columns(terms: str) -> Iterator[str]:
    """Yield the columns before comparison operators; `ANY(a)` of a skip-scan has none."""
    for term in terms.split(" AND "):
        if match := _TERM.match(term):
            yield from match[1].split(",")
