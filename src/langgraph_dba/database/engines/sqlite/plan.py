"""SQLite's `EXPLAIN QUERY PLAN` in the form of all plans. It tells steps and indexes, and estimates nothing."""

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
# a=?, (a,b)>(?,?), <expr>=?; names stand without quotes, whatever is in them
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
    """Return the column that is a table's row number, `rowid` where none is, nothing for what is no table.

    `columns` is what `KEYS` answers.
    """
    keys = [name for name, type_, key in columns if key and type_.upper() == "INTEGER"]
    return str(keys[0]) if len(keys) == 1 else "rowid" if columns else ""


def measured(plan: Plan, run: Callable[[], int]) -> Plan:
    """Run what a plan is of, and return the plan with its rows and its time: the engine counts no single step."""
    started = time.perf_counter()
    rows = float(run())
    return replace(plan, actual_rows=rows, time_ms=1000 * (time.perf_counter() - started), loops=1)


def read(rows: Iterable[tuple[Any, ...]], tables: Mapping[str, str], key_of: Callable[[str], str]) -> Plan:
    """Turn the rows (id, parent, unused, what is done) into a plan.

    `tables` maps the names and aliases of the statement to tables (the engine tells aliases only); `key_of` gives the
    column that stands behind a table's row number.
    """
    below: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        below.setdefault(row[1], []).append(row)

    def step(row: tuple[Any, ...]) -> Plan:
        return _step(row[3], tuple(step(child) for child in below.get(row[0], ())), tables, key_of)

    return Plan("query", "QUERY PLAN", children=tuple(step(row) for row in below.get(0, ())))


def _step(text: str, children: tuple[Plan, ...], tables: Mapping[str, str], key_of: Callable[[str], str]) -> Plan:
    kind = next((kind for start, kind in _KINDS if text.startswith(start)), None)
    found = _READ.match(text) if kind is None else None
    if found is None:
        return Plan(kind or "other", text, children=children)
    table = tables.get(found["name"], "" if found["name"].startswith("(") else found["name"])
    if found["name"] not in tables and not key_of(found["name"]):
        return Plan("subquery", text, children=children)  # the rows of a step that stands elsewhere in the plan
    terms = [key_of(table) if term == "rowid" else term for term in _entered(found["terms"] or "")]
    return Plan(
        kind="index-search" if found["verb"] == "SEARCH" else "index-scan" if found["index"] else "table-scan",
        label=text,
        table=table,
        index=found["index"] or ("row number" if found["rowid"] else ""),
        covering=bool(found["covering"]),
        searched=tuple(dict.fromkeys(terms)),
        condition="",
        children=children,
    )


def _entered(terms: str) -> Iterator[str]:
    """Yield the columns in front of comparisons; a skip-scan's `ANY(a)` compares nothing."""
    for term in terms.split(" AND "):
        if found := _TERM.match(term):
            yield from found[1].split(",")
