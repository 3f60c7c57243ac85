"""Every index earns its place: without it, a read that it is for costs more.

The indexes are those that the statements really made, not those that were declared. Each is dropped from a database of
5,000 rows a table, and the reads that it is for are measured before and after: equality on all its columns (so are the
rows found that refer to a given one), and its beginning in order. If none costs a fifth more without it, others do its
work, and every write pays twice. Unique ones keep a rule and stay; methods and expressions of which the reads are not
known here are counted as not judged.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langgraph_dba.database.ddl.rendering import index_statement
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, SchemaEdit, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, Read, by_columns, filled
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.reflection.read_schema import reflect
from langgraph_dba.evidence import CheckResult

CLAIM = "no index could go without making a read dearer: none is a duplicate, none stands in another's shadow"
CAPABILITY = "Indexing Strategy: duplicate and unused indexes"
NEEDS = ()
_DEARER = 1.2
_ROWS = 1000  # of a smaller table any reading is cheap


def obstacle(subject: Subject) -> str:
    """Say that there is no index besides the keys."""
    return "" if any(table.indexes for table in subject.schema.tables) else "no table has an index besides its keys"


def run(subject: Subject) -> CheckResult:
    """Take every index away in turn, and see what its reads cost then."""
    with filled(subject) as (_, connection):
        made = reflect(connection, subject.traits, name=subject.schema.name)
        prober = _Prober(subject, connection)
        failures = [wrong for table in made.tables for index in table.indexes for wrong in prober.judge(table, index)]
    summary = f"{len(prober.work)} indexes at {ROWS} rows: each makes a read of its own cheaper"
    numbers: dict[str, Any] = {"work with and without": prober.work, "not judged": prober.skipped}
    return CheckResult(tuple(failures), summary, numbers, strength="measured")


class _Prober:
    def __init__(self, subject: Subject, connection: Connection) -> None:
        self.subject, self.connection = subject, connection
        self.names = subject.names
        self.work: dict[str, list[list[int]]] = {}
        self.skipped: list[str] = []

    def judge(self, table: Table, index: Index) -> Iterator[str]:
        reads = self._reads(table, index)
        small = int(self.connection.run(f"SELECT count(*) FROM {self.names.table(table)}").scalar) < _ROWS
        if index.unique or small or not reads:
            self.skipped += [] if index.unique else [index.name]
            return
        before = [self._cost(read) for read in reads]
        try:
            with self._without(table, index):
                after = [self._cost(read) for read in reads]
        except Rejected:
            return  # the engine itself keeps it: a reference hangs on it
        self.work[index.name] = [before, after]
        if all(now <= then * _DEARER for then, now in zip(before, after, strict=True)):
            yield (
                f"{index.name} on {table.name} is needless: {reads[0].what} costs {before[0]} with it and {after[0]} "
                "without"
            )

    def _cost(self, read: Read) -> int:
        # the first time after a change an engine also reads what it knows of the table
        return min(self.connection.work(read.sql, read.params) for _ in range(2))

    def _reads(self, table: Table, index: Index) -> list[Read]:
        """What an index is for; none where that is not known here."""
        if index.where and index.columns:
            found = [by_columns(self.names, self.connection, table, index.columns, where=index.where)]
        elif index.is_plain:
            found = [
                by_columns(self.names, self.connection, table, index.columns, give=(*index.columns, *index.include)),
                by_columns(self.names, self.connection, table, index.columns, give=index.columns, ordered=True),
            ]
        else:
            found = []
        return [read for read in found if read]

    @contextmanager
    def _without(self, table: Table, index: Index) -> Iterator[None]:
        """Take an index away and make it again: what planners know of the table is learned anew both times."""
        self.connection.run(self.names.drop_index(table, index.name))
        try:
            self.connection.analyze(table.sql_name)
            yield
        finally:
            self.connection.run(index_statement(table, index, self.subject.traits))
            self.connection.analyze(table.sql_name)


def _further(index: Index) -> SchemaEdit:
    return table_edit("tasks", lambda table: table.with_(indexes=(*table.indexes, index)))


DEFECTS = (
    Defect(
        "an index exists twice",
        "is needless",
        made=_further(Index(name="tasks_again_idx", columns=("tenant_id", "assignee_id"))),
    ),
    Defect(
        "an index is the beginning of another",
        "tasks_short_idx on tasks is needless",
        made=_further(Index(name="tasks_short_idx", columns=("tenant_id", "project_id"))),
    ),
)
