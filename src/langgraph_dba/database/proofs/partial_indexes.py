"""An index that leaves rows out serves reads of the rows it has, and no others; a unique one keeps those apart.

For each such index at 5,000 rows: a read under its condition goes by it, the same read without the condition does not;
it is smaller than one over all rows would be; and where it is unique, a second row like one it holds is refused, while
a second row like one that it leaves out is taken.
"""

from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.proofs.defect import Defect, index_edit, without_index
from langgraph_dba.database.proofs.reading import ROWS, example, filled, reader
from langgraph_dba.database.proofs.subject import Result, Subject
from langgraph_dba.database.schema.model import Index, Table

CLAIM = "an index over some rows serves reads of those rows, is smaller for it, and keeps just those unique"
CAPABILITY = "Indexing Strategy: partial and filtered indexes"
NEEDS = ("partial-indexes",)
_SMALLER = 0.9


def obstacle(subject: Subject) -> str:
    """Say that every index holds all rows."""
    return "" if list(_partial(subject)) else "no index leaves rows out"


def _partial(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.where and i.columns)


def run(subject: Subject) -> Result:
    """Read by each partial index, weigh it, and add rows to those that are unique."""
    found, numbers = list(_partial(subject)), dict[str, Any]()
    failures: list[str] = []
    with filled(subject) as (scratch, connection):
        for table, index in found:
            with reader(subject, scratch) as app:
                failures += _served(connection, app, table, index)
            failures += _weighed(connection, table, index, numbers)
            failures += _unique(connection, table, index) if index.unique else []
    summary = f"{len(found)} partial indexes at {ROWS} rows serve their rows and only those"
    return Result(tuple(failures), summary, {"share of rows": numbers}, strength="measured")


def _served(connection: Connection, app: Connection, table: Table, index: Index) -> Iterator[str]:
    values = example(connection, table, index.columns, where=index.where)
    if not values:
        yield f"{index.name}: no row fulfils {index.where}"
        return
    tests = " AND ".join(f"{column} = :{column}" for column in index.columns)
    within = f"SELECT * FROM {table.name} WHERE {tests} AND {index.where}"
    if not app.explain(within, values).uses(index.name):
        yield f"{index.name} is not used by a read of {table.name} where {index.where}"
    if app.explain(f"SELECT * FROM {table.name} WHERE {tests}", values).uses(index.name):
        yield f"{index.name} is used by a read of {table.name} that asks for rows it may not have"


def _weighed(connection: Connection, table: Table, index: Index, numbers: dict[str, Any]) -> Iterator[str]:
    counted = f"SELECT count(*), sum(CASE WHEN {index.where} THEN 1 ELSE 0 END) FROM {table.name}"
    total, held = (int(number or 0) for number in connection.run(counted).rows[0])
    numbers[index.name] = round(held / total, 3) if total else None
    if total and held / total > _SMALLER:
        yield f"{index.name} holds {held} of {total} rows of {table.name}: it leaves nothing out worth the while"


def _unique(connection: Connection, table: Table, index: Index) -> Iterator[str]:
    second, outside = (_copy(table, index, where) for where in (index.where, f"NOT ({index.where})"))
    answer = connection.attempt((second, {}))
    if not (isinstance(answer, Rejected) and answer.kind == "unique"):
        yield f"{index.name} takes a second row with the same {', '.join(index.columns)} where {index.where}"
    answer = connection.attempt((outside, {}))
    if isinstance(answer, Rejected):
        yield f"{index.name} refuses a second row that it should leave out: {answer}"


def _copy(table: Table, index: Index, where: str) -> str:
    """The insertion of a second row like one of the table: another number, everything else the same."""
    named = [column for column in table.column_names if column not in table.primary_key or len(table.primary_key) > 1]
    fresh = f"(SELECT max({table.primary_key[0]}) + 1 FROM {table.name})" if len(table.primary_key) == 1 else ""
    columns = [*table.primary_key, *named] if fresh else named
    cells = [fresh, *named] if fresh else named
    del index
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(cells)} FROM {table.name} "
        f"WHERE {where} ORDER BY {table.primary_key[0]} LIMIT 1"
    )


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
