"""An index that carries further columns answers its read alone, and the table is not touched.

For each such index, a read of exactly what it carries, by the columns it leads with, at 5,000 rows: the plan must be
answered by the index only, and fetch no row from the table where the engine counts that.
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, Read, by_columns, filled, reader
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "an index that carries further columns answers its read without touching the table"
CAPABILITY = "Indexing Strategy: covering indexes"
NEEDS = ()


def obstacle(subject: Subject) -> str:
    """Say that no index carries further columns."""
    return "" if list(_covering(subject)) else "no index carries columns beyond its key"


def _covering(subject: Subject) -> Iterator[tuple[Table, Index]]:
    return ((t, i) for t in subject.schema.tables for i in t.indexes if i.include)


def run(subject: Subject) -> CheckResult:
    """Read what each covering index carries, as the application would."""
    found = list(_covering(subject))
    numbers: dict[str, dict[str, object]] = {}
    failures: list[str] = []
    with filled(subject) as (scratch, connection):
        with reader(subject, scratch) as app:
            for table, index in found:
                keys, carried = index.columns[:-1] or index.columns, (*index.columns, *index.include)
                read = by_columns(subject.names, connection, table, keys, give=carried)
                failures += _answered(read, app, table, index, numbers)
    summary = f"{len(found)} covering indexes answer alone at {ROWS} rows"
    return CheckResult(tuple(failures), summary, {"indexes": numbers}, strength="measured")


def _answered(
    read: Read | None, app: Connection, table: Table, index: Index, numbers: dict[str, dict[str, object]]
) -> Iterator[str]:
    if read is None:
        yield f"{index.name}: no row has a value in all of its columns"
        return
    plan = read.plan(app, run=True)
    steps = [step for step in plan.walk() if step.table == table.sql_name or step.index == index.name]
    fetched = sum(step.heap_fetches or 0 for step in steps)
    numbers[index.name] = {"pages": plan.buffers, "fetched from the table": fetched}
    if not any(step.covering and step.index == index.name for step in steps):
        used = ", ".join(sorted({step.index or "no index" for step in steps}))
        yield f"{index.name} does not answer {read.what} alone: the plan goes by {used} and reads {table.name}"
    elif fetched:
        yield f"{index.name}: {fetched} rows were fetched from {table.name} all the same"


def _bare(table: Table) -> Table:
    return table.with_(indexes=tuple(index.model_copy(update={"include": ()}) for index in table.indexes))


def _partly(table: Table) -> Table:
    return table.with_(indexes=tuple(i.model_copy(update={"include": i.include[:1]}) for i in table.indexes))


DEFECTS = (
    Defect("the index carries nothing", "time_entries_minutes_idx", made=table_edit("time_entries", _bare)),
    Defect(
        "the index carries one column too few", "time_entries_minutes_idx", made=table_edit("time_entries", _partly)
    ),
    Defect(
        "the index is gone",
        "time_entries_minutes_idx",
        made=table_edit("time_entries", lambda t: t.with_(indexes=tuple(i for i in t.indexes if not i.include))),
    ),
)
