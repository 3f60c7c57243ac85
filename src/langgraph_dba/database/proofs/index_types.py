"""An index of a special kind is used by the question it is for, and answers as reading the whole table does.

For each index that is no B-tree: a question of its kind (a word in a text, a part of a JSON document, an equal value, a
range of places in the table) is asked as the application would ask it, with and without the index. The plan must go by
it, and the rows must be the same. Behind row-level security an operator that might tell of hidden rows is not looked up
by an index: what serves a superuser there serves nobody else.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.indexes import TREES
from langgraph_dba.database.model.schema import Index, IndexKey, Table
from langgraph_dba.database.proofs.kit.defect import Defect, index_edit, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, Read, example, filled, reader
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "an index of a special kind is used by the question it is for, and gives the rows that reading the table gives"
CAPABILITY = "PostgreSQL features: index types (B-tree, Hash, GIN, GiST)"
NEEDS = ("operator-classes",)


def obstacle(subject: Subject) -> str:
    """Say that every index is a B-tree."""
    return "" if list(_special(subject)) else "every index is a B-tree"


def _special(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.method not in TREES)


def run(subject: Subject) -> CheckResult:
    """Ask each special index its question, with it and without."""
    found, numbers, failures = list(_special(subject)), dict[str, Any](), list[str]()
    with filled(subject) as (scratch, connection):
        for table, index in found:
            read = _question(subject.names, connection, table, index)
            if read is None:
                failures.append(f"{index.name}: no question is known that {index.method} is for here")
                continue
            with reader(subject, scratch) as app:
                failures += _answered(app, index, read, numbers)
    judged = f"{len(found)} special indexes at {ROWS} rows are used, and answer as the table does"
    return CheckResult(tuple(failures), judged, {"rows found": numbers}, strength="measured")


def _answered(app: Connection, index: Index, read: Read, numbers: dict[str, Any]) -> Iterator[str]:
    plan = app.explain(read.sql, read.params, few_rows=True)
    if not plan.uses(index.name):
        ways = ", ".join(sorted({step.index or step.kind for step in plan.walk() if step.table or step.index}))
        yield f"{index.name} is not used by {read.what}: the plan goes by {ways}"
        return
    by_index = app.explain(read.sql, read.params, run=True, few_rows=True)
    rows = sorted(map(repr, app.run(read.sql, read.params).rows))
    numbers[index.name] = {"rows": len(rows), "pages": by_index.buffers}
    if not rows:
        yield f"{index.name}: {read.what} finds nothing: nothing was shown"
    without = app.attempt((_NO_INDEX, {}), (read.sql, read.params))
    naive = sorted(map(repr, getattr(without, "rows", ())))
    if naive != rows:
        yield f"{index.name} finds {len(rows)} rows by {read.what}, reading the table finds {len(naive)}"


# for one transaction: every way by an index is closed
_NO_INDEX = (
    "SELECT set_config(name, 'off', true) FROM pg_settings "
    "WHERE name IN ('enable_indexscan', 'enable_bitmapscan', 'enable_indexonlyscan')"
)


def _question(names: Names, connection: Connection, table: Table, index: Index) -> Read | None:
    """The question an index's method is for, about a value that is there."""
    key = index.parts[0]
    if key.expression:
        return _words(names, connection, table, key.expression) if "to_tsvector" in key.expression else None
    assert key.column is not None
    values = example(names, connection, table, (key.column,))
    kind = table.column(key.column).type
    if not values:
        return None
    column = names.column(table, key.column)
    asked = f"SELECT * FROM {names.table(table)} WHERE {column}"
    if index.method == "hash":
        return Read(f"an equal {key.column}", f"{asked} = :{key.column}", values)
    if index.method == "brin":
        return Read(f"a range of {key.column}", f"{asked} BETWEEN :{key.column} AND :{key.column}", values)
    if kind.name == "json":
        return Read(f"a part of {key.column}", f"{asked} @> (:part)::jsonb", {"part": _part(values[key.column])})
    return None


def _part(document: Any) -> str:
    import json

    found: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    name = next(iter(found))
    return json.dumps({name: found[name]})


def _words(names: Names, connection: Connection, table: Table, expression: str) -> Read:
    """A word that stands in some row, looked for by the same expression."""
    name = names.table(table)
    sql = f"SELECT tsvector_to_array({expression}) FROM {name} WHERE {expression} <> '' LIMIT 1 OFFSET 7"
    word = max(connection.run(sql).scalar, key=len)
    asked = f"SELECT * FROM {name} WHERE {expression} @@ plainto_tsquery('simple', :word)"
    return Read(f"the word {word!r} in {table.name}", asked, {"word": word})


def _document_index(table: Table) -> Table:
    index = Index(name="tasks_details_idx", columns=("details",), method="gin")
    return table.with_(indexes=(*table.indexes, index))


DEFECTS = (
    Defect(
        "the index is of a kind that its question does not use",
        "countries_words_idx is not used",
        made=index_edit("countries", "countries_words_idx", method=""),
    ),
    Defect(
        "the index is over another expression",
        "countries_words_idx is not used",
        made=index_edit(
            "countries", "countries_words_idx", keys=(IndexKey(expression="to_tsvector('english'::regconfig, name)"),)
        ),
    ),
    Defect(
        "an index that row-level security makes useless",
        "tasks_details_idx is not used",
        declared=table_edit("tasks", _document_index),
    ),
)
