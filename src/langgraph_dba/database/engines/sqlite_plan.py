"""SQLite's `EXPLAIN QUERY PLAN` in the form of all plans. It tells steps and indexes, and estimates nothing."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from langgraph_dba.database.engines.plan import NodeKind, Plan

Row = tuple[int, int, int, str]  # id, parent, unused, what is done
_READ = re.compile(
    r"(?P<verb>SCAN|SEARCH) (?:TABLE |SUBQUERY )?(?P<name>\S+)(?: AS (?P<alias>\S+))?"
    r"(?: USING (?P<auto>AUTOMATIC )?(?:PARTIAL )?(?P<covering>COVERING )?(?:INDEX (?P<index>\S+)|"
    r"(?P<rowid>INTEGER PRIMARY KEY)|PRIMARY KEY))?(?: \((?P<terms>.*)\))?"
)
_TERM = re.compile(r"(\w+|<expr>)[=<>]")
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


def read(rows: Iterable[Row], tables: Mapping[str, str], key_of: Callable[[str], str]) -> Plan:
    """Turn the rows into a plan.

    `tables` maps the names and aliases of the statement to tables (the engine tells aliases only); `key_of` gives the
    column that stands behind a table's row number.
    """
    below: dict[int, list[Row]] = {}
    for row in rows:
        below.setdefault(row[1], []).append(row)

    def step(row: Row) -> Plan:
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
    terms = [key_of(table) if term == "rowid" else term for term in _TERM.findall(found["terms"] or "")]
    return Plan(
        kind="index-search" if found["verb"] == "SEARCH" else "index-scan" if found["index"] else "table-scan",
        label=text,
        table=table,
        index=found["index"] or (f"{table} by row number" if found["rowid"] else ""),
        covering=bool(found["covering"]),
        searched=tuple(dict.fromkeys(terms)),
        condition="",
        children=children,
    )
