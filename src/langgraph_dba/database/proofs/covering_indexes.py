"""An index with included columns answers its read without reading the table.

For each such index, a read of exactly its columns, with equality on its leading columns, runs at 5,000 rows: the plan
must be an index-only scan, and must fetch no row from the table, if the engine reports that.
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import (
    ROWS,
    IndexRead,
    app_connection,
    filled_database,
    lookup_by_columns,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "an index with included columns answers its read without reading the table"
CAPABILITY = "Indexing Strategy: covering indexes"
NEEDS = ()


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no index has included columns."""
    return "" if list(_covering(subject)) else "no index has included columns"


def _covering(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.include)


def run(subject: Subject) -> CheckResult:
    """Read the columns of each covering index with the rights of the application."""
    indexes = list(_covering(subject))
    numbers: dict[str, dict[str, object]] = {}
    failures: list[str] = []
    with filled_database(subject) as (scratch, connection):
        # with the rights of the application: a policy reads the tenant column, which the index must contain too
        with app_connection(subject, scratch) as app:
            for table, index in indexes:
                # without equality on the last column, the index has several rows to return
                keys, selected = index.columns[:-1] or index.columns, (*index.columns, *index.include)
                read = lookup_by_columns(subject.names, connection, table, keys, select=selected)
                failures += _failures(read, app, table, index, numbers)
    untried = "" if numbers else "no row has a value in all columns of a covering index"
    summary = f"{len(numbers)} covering indexes answer their read without the table at {ROWS} rows"
    return CheckResult(tuple(failures), summary, {"indexes": numbers}, strength="measured", untried=untried)


def _failures(
    read: IndexRead | None, app: Connection, table: Table, index: Index, numbers: dict[str, dict[str, object]]
) -> Iterator[str]:
    if read is None:
        return  # no row has a value in all of its columns
    plan = read.plan(app, run=True)
    steps = [step for step in plan.walk() if step.table == table.sql_name or step.index == index.name]
    # PostgreSQL can fetch rows in an index-only scan too, for pages that VACUUM has not marked as visible to all
    fetched = sum(step.heap_fetches or 0 for step in steps)
    numbers[index.name] = {"pages": plan.buffers, "fetched from the table": fetched}
    if not any(step.covering and step.index == index.name for step in steps):
        used = ", ".join(sorted({step.index or "no index" for step in steps}))
        yield f"{index.name} does not answer {read.label} alone: the plan uses {used} and reads {table.name}"
    elif fetched:
        yield f"{index.name}: {fetched} rows were fetched from {table.name} in an index-only scan"


def _without_included(table: Table) -> Table:
    return table.with_(indexes=tuple(index.model_copy(update={"include": ()}) for index in table.indexes))


def _first_included(table: Table) -> Table:
    return table.with_(indexes=tuple(i.model_copy(update={"include": i.include[:1]}) for i in table.indexes))


DEFECTS = (
    Defect(
        "the index has no included columns",
        "time_entries_minutes_idx",
        actual=table_edit("time_entries", _without_included),
    ),
    Defect(
        "the index lacks an included column",
        "time_entries_minutes_idx",
        actual=table_edit("time_entries", _first_included),
    ),
    Defect(
        "the index is missing",
        "time_entries_minutes_idx",
        actual=table_edit("time_entries", lambda t: t.with_(indexes=tuple(i for i in t.indexes if not i.include))),
    ),
)
