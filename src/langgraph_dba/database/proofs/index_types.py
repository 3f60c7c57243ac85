"""An index that is not a B-tree is used by the reads of its type and returns the same rows as a full scan.

For each such index, a read of its type (a word in a text, a part of a JSON document, equality, a range) runs with the
rights of the application, with and without the index. The plan must use the index, and the rows must be equal. With
row-level security, PostgreSQL does not use an index for an operator that is not leakproof: such an index serves a
superuser only.

An unused index of a database that exists, or one that only the statements create, is not judged, and named, if another
index serves the read or if it is a BRIN index: that one pays on tables that are larger than the generated ones.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.indexes import TREES
from langgraph_dba.database.model.schema import Index, IndexKey, Table
from langgraph_dba.database.proofs.kit.defect import Defect, index_edit, table_edit
from langgraph_dba.database.proofs.kit.index_probe import (
    ROWS,
    IndexRead,
    app_connection,
    example_values,
    filled_database,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "an index that is not a B-tree is used by the reads of its type, and returns the same rows as a full scan"
CAPABILITY = "PostgreSQL features: index types (B-tree, Hash, GIN, GiST)"
NEEDS = ("operator-classes",)


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: every index is a B-tree."""
    return "" if list(_special(subject)) else "every index is a B-tree"


def _special(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.method not in TREES)


def _is_declared(subject: Subject, index: Index) -> bool:
    tables = (subject.declared or subject.schema).tables
    return subject.is_designed and any(one.name == index.name for table in tables for one in table.indexes)


def run(subject: Subject) -> CheckResult:
    """Run the read of each special index with and without the index."""
    indexes, numbers, failures = list(_special(subject)), dict[str, Any](), list[str]()
    unjudged: list[str] = []  # no read is known here that the index serves: that says nothing about the index
    with filled_database(subject) as (scratch, connection), app_connection(subject, scratch) as app:
        for table, index in indexes:
            read = _special_read(subject.names, connection, table, index)
            if read is None:
                unjudged.append(f"{index.name} ({index.method})")
                continue
            if not _is_declared(subject, index) and (reason := _why_not_used(app, index, read)):
                unjudged.append(f"{index.name} ({index.method}): {reason}")
                continue
            failures += _failures(app, index, read, numbers)
    judged = [one for one in numbers.values() if one["rows"]]
    untried = "" if judged else f"no read with a result shows the use of {', '.join(unjudged or numbers)}"
    summary = f"{len(judged)} special indexes at {ROWS} rows are used, and return the rows of a full scan"
    summary += f"; not judged: {', '.join(unjudged)}" if unjudged else ""
    return CheckResult(
        tuple(failures), summary, {"rows found": numbers, "not judged": unjudged}, strength="measured", untried=untried
    )


def _why_not_used(app: Connection, index: Index, read: IndexRead) -> str:
    """Return why an unused index that no design declares is not judged; empty if it is used or refuted."""
    plan = app.explain(read.sql, read.params, few_rows=True)
    if plan.uses(index.name):
        return ""
    others = sorted({step.index for step in plan.walk() if step.index})
    if others:
        return f"the plan uses {', '.join(others)}"
    return f"a scan of {ROWS} rows is cheaper" if index.method == "brin" else ""


def _failures(app: Connection, index: Index, read: IndexRead, numbers: dict[str, Any]) -> Iterator[str]:
    plan = app.explain(read.sql, read.params, few_rows=True)
    if not plan.uses(index.name):
        used = ", ".join(sorted({step.index or step.kind for step in plan.walk() if step.table or step.index}))
        yield f"{index.name} is not used by {read.label}: the plan uses {used}"
        return
    by_index = app.explain(read.sql, read.params, run=True, few_rows=True)
    rows = sorted(map(repr, app.run(read.sql, read.params).rows))
    numbers[index.name] = {"rows": len(rows), "pages": by_index.buffers}
    without = app.attempt((_NO_INDEX, {}), (read.sql, read.params))
    expected = sorted(map(repr, getattr(without, "rows", ())))
    if expected != rows:
        yield f"{index.name} returns {len(rows)} rows for {read.label}, a full scan returns {len(expected)}"


# Transaction-local: `attempt` rolls it back, so that the next read can use indexes again.
_NO_INDEX = (
    "SELECT set_config(name, 'off', true) FROM pg_settings "
    "WHERE name IN ('enable_indexscan', 'enable_bitmapscan', 'enable_indexonlyscan')"
)


def _special_read(names: Names, connection: Connection, table: Table, index: Index) -> IndexRead | None:
    """Return a read that the method of the index serves, for a value that exists; None if there is none."""
    key = index.parts[0]
    if key.expression:
        # only full-text search: what another expression is for cannot be derived from it
        return _word_read(names, connection, table, key.expression) if "to_tsvector" in key.expression else None
    assert key.column is not None
    values = example_values(names, connection, table, (key.column,))
    type_ = table.column(key.column).type
    if not values:
        return None
    column = names.column(table, key.column)
    read = f"SELECT * FROM {names.table(table)} WHERE {column}"
    if index.method == "hash":
        return IndexRead(f"an equal {key.column}", f"{read} = :{key.column}", values)
    if index.method == "brin":
        return IndexRead(f"a range of {key.column}", f"{read} BETWEEN :{key.column} AND :{key.column}", values)
    if type_.name == "json":
        return IndexRead(f"a part of {key.column}", f"{read} @> (:part)::jsonb", {"part": _part(values[key.column])})
    return None


def _part(document: Any) -> str:
    # the driver returns JSON as text or as a mapping
    members: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    name = next(iter(members))
    return json.dumps({name: members[name]})


def _word_read(names: Names, connection: Connection, table: Table, expression: str) -> IndexRead:
    """Return a full-text search by the expression of the index for the longest word of some row."""
    name = names.table(table)
    sql = f"SELECT tsvector_to_array({expression}) FROM {name} WHERE {expression} <> '' LIMIT 1 OFFSET 7"
    # the longest word: a short one can be in so many rows that the planner prefers a full scan
    word = max(connection.run(sql).scalar, key=len)
    read = f"SELECT * FROM {name} WHERE {expression} @@ plainto_tsquery('simple', :word)"
    return IndexRead(f"the word {word!r} in {table.name}", read, {"word": word})


def _document_index(table: Table) -> Table:
    # the operator @> of jsonb is not leakproof, and `tasks` has row-level security
    index = Index(name="tasks_details_idx", columns=("details",), method="gin")
    return table.with_(indexes=(*table.indexes, index))


DEFECTS = (
    Defect(
        "the index has a type that its read does not use",
        "countries_words_idx is not used",
        actual=index_edit("countries", "countries_words_idx", method=""),
    ),
    Defect(
        "the index has another expression",
        "countries_words_idx is not used",
        actual=index_edit(
            "countries", "countries_words_idx", keys=(IndexKey(expression="to_tsvector('english'::regconfig, name)"),)
        ),
    ),
    Defect(
        "row-level security prevents the use of the index",
        "tasks_details_idx is not used",
        declared=table_edit("tasks", _document_index),
    ),
)
