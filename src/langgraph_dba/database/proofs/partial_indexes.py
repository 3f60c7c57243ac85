"""An index that leaves rows out serves reads of the rows it has, and no others; a unique one keeps those apart.

For each such index at 5,000 rows: a read under its condition goes by it, the same read without the condition does not;
it is smaller than one over all rows would be; and where it is unique, a second row like one it holds is refused, while
a second row like one that it leaves out is taken.
"""

from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, index_edit, without_index
from langgraph_dba.database.proofs.kit.index_probe import ROWS, example, filled, reader
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "an index over some rows serves reads of those rows, is smaller for it, and keeps just those unique"
CAPABILITY = "Indexing Strategy: partial and filtered indexes"
NEEDS = ("partial-indexes",)
_SMALLER = 0.9


def obstacle(subject: Subject) -> str:
    """Say that every index holds all rows."""
    return "" if list(_partial(subject)) else "no index leaves rows out"


def _partial(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.where and i.columns)


def run(subject: Subject) -> CheckResult:
    """Read by each partial index, weigh it, and add rows to those that are unique."""
    found, numbers = list(_partial(subject)), dict[str, Any]()
    failures: list[str] = []
    with filled(subject) as (scratch, connection):
        for table, index in found:
            with reader(subject, scratch) as app:
                failures += _served(subject.names, connection, app, table, index)
            failures += _weighed(subject.names, connection, table, index, numbers)
            failures += _unique(subject.names, connection, table, index) if index.unique else []
    summary = f"{len(found)} partial indexes at {ROWS} rows serve their rows and only those"
    return CheckResult(tuple(failures), summary, {"share of rows": numbers}, strength="measured")


def _served(names: Names, connection: Connection, app: Connection, table: Table, index: Index) -> Iterator[str]:
    values = example(names, connection, table, index.columns, where=index.where)
    if not values:
        yield f"{index.name}: no row fulfils {index.where}"
        return
    asked = f"SELECT * FROM {names.table(table)} WHERE {names.equal(table, index.columns)}"
    within = f"{asked} AND {index.where}"
    if not app.explain(within, values).uses(index.name):
        yield f"{index.name} is not used by a read of {table.name} where {index.where}"
    if app.explain(asked, values).uses(index.name):
        yield f"{index.name} is used by a read of {table.name} that asks for rows it may not have"


def _weighed(
    names: Names, connection: Connection, table: Table, index: Index, numbers: dict[str, Any]
) -> Iterator[str]:
    counted = f"SELECT count(*), sum(CASE WHEN {index.where} THEN 1 ELSE 0 END) FROM {names.table(table)}"
    total, held = (int(number or 0) for number in connection.run(counted).rows[0])
    numbers[index.name] = round(held / total, 3) if total else None
    if total and held / total > _SMALLER:
        yield f"{index.name} holds {held} of {total} rows of {table.name}: it leaves nothing out worth the while"


def _unique(names: Names, connection: Connection, table: Table, index: Index) -> Iterator[str]:
    second, outside = (_copy(names, table, where) for where in (index.where, f"NOT ({index.where})"))
    answer = connection.attempt((second, {}))
    if not (isinstance(answer, Rejected) and answer.kind == "unique"):
        yield f"{index.name} takes a second row with the same {', '.join(index.columns)} where {index.where}"
    answer = connection.attempt((outside, {}))
    if isinstance(answer, Rejected):
        yield f"{index.name} refuses a second row that it should leave out: {answer}"


def _copy(names: Names, table: Table, where: str) -> str:
    """The insertion of a second row like one of the table: another number, everything else the same."""
    name, key = names.table(table), names.column(table, table.primary_key[0])
    alone = len(table.primary_key) == 1
    others = names.columns(table, (c for c in table.column_names if not alone or c not in table.primary_key))
    columns = f"{key}, {others}" if alone else others
    cells = f"(SELECT max({key}) + 1 FROM {name}), {others}" if alone else others
    return f"INSERT INTO {name} ({columns}) SELECT {cells} FROM {name} WHERE {where} ORDER BY {key} LIMIT 1"


DEFECTS = (
    Defect("the index holds all rows", "tasks_open_idx", made=index_edit("tasks", "tasks_open_idx", where="")),
    Defect(
        "the index leaves the wrong rows out",
        "tasks_open_idx is not used",
        made=index_edit("tasks", "tasks_open_idx", where="status = 'done'"),
    ),
    Defect("the index is gone", "tasks_open_idx", made=without_index("tasks", "tasks_open_idx")),
    Defect(
        "the index is not unique",
        "takes a second row",
        made=index_edit("projects", "projects_open_name_key", unique=False),
    ),
    Defect(
        "the index is unique over all rows",
        "refuses a second row",
        made=index_edit("projects", "projects_open_name_key", where=""),
    ),
)
