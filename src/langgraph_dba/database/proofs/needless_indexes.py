"""Every index makes at least one read cheaper.

The check uses the indexes that the statements created, not the declared ones. With 5,000 rows per table each index is
dropped in turn, and its reads are measured before and after: equality on all its columns (the lookup of a foreign key
is such a read), equality on its first columns alone, and a sorted range on the last column. The reads of a partial
index have its predicate.

An index only costs writes if no read costs 20 % more without it, and another index serves these reads whatever the
values are: it begins with the same columns and has the same predicate, or it is unique over the first of them. Without
such an index, the proof cannot show that the index is needless: generated values can differ so much that the first
column of another index finds the row, and those of a real database may not. Then the proof is not run and names it.

Unique indexes are skipped, because they enforce a rule; indexes whose reads are unknown here (by method or expression)
are listed as not judged.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langgraph_dba.database.ddl.rendering import index_statement
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.indexes import serves_order
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, SchemaEdit, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, IndexRead, filled_database, lookup_by_columns
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.reflection.read_schema import reflect
from langgraph_dba.evidence import CheckResult

CLAIM = "every index makes a read cheaper: none is a duplicate, and no other index serves its reads as well"
CAPABILITY = "Indexing Strategy: duplicate and unused indexes"
NEEDS = ()
_MIN_RATIO = 1.2  # work without the index over work with it
_UNDECIDED = "no other index has these columns first, but another way to the generated rows is as cheap"
_MIN_ROWS = 1000  # in a smaller table a full scan costs hardly more than an index


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no table has an index besides its keys."""
    return "" if any(table.indexes for table in subject.schema.tables) else "no table has an index besides its keys"


def run(subject: Subject) -> CheckResult:
    """Drop each index in turn, and measure its reads with and without it."""
    with filled_database(subject) as (_, connection):
        created = reflect(connection, subject.traits, name=subject.schema.name)
        prober = _Prober(subject, connection)
        failures = [failure for t in created.tables for index in t.indexes for failure in prober.judge(t, index)]
    untried = "" if prober.work else f"no index was tried: {prober.reasons()}"
    if prober.undecided:
        untried = f"{_UNDECIDED}: {'; '.join(prober.undecided)}"
    summary = f"{len(prober.work)} indexes at {ROWS} rows: each makes a read cheaper"
    numbers: dict[str, Any] = {
        "work with and without": prober.work,
        "not judged": prober.skipped,
        "undecided": prober.undecided,
    }
    return CheckResult(tuple(failures), summary, numbers, strength="measured", untried=untried)


class _Prober:
    def __init__(self, subject: Subject, connection: Connection) -> None:
        self.subject, self.connection = subject, connection
        self.names = subject.names
        self.work: dict[str, list[list[int]]] = {}
        self.undecided: list[str] = []
        self.skipped: list[str] = []
        self._few_rows: list[str] = []

    def reasons(self) -> str:
        """Return why indexes were not tried."""
        unknown = [name for name in self.skipped if name not in self._few_rows]
        named = (("the reads of {} are not known here", unknown), ("the tables of {} have few rows", self._few_rows))
        return "; ".join(text.format(", ".join(names)) for text, names in named if names) or "all are unique"

    def judge(self, table: Table, index: Index) -> Iterator[str]:
        """Yield a failure if every read of the index costs about the same without it, and another index is why."""
        reads = self._reads(table, index)
        small = int(self.connection.run(f"SELECT count(*) FROM {self.names.table(table)}").scalar) < _MIN_ROWS
        if index.unique or small or not reads:
            self.skipped += [] if index.unique else [index.name]
            self._few_rows += [index.name] if small and not index.unique else []
            return
        before = [self._cost(read) for read in reads]
        try:
            with self._without(table, index):
                after = [self._cost(read) for read in reads]
        except Rejected:
            return  # MariaDB refuses to drop an index that a foreign key needs: it is not needless
        is_cheaper = any(without > with_ * _MIN_RATIO for with_, without in zip(before, after, strict=True))
        costs = f"{reads[0].label} costs {before[0]} with it and {after[0]} without"
        if is_cheaper or _is_served(table, index):
            self.work[index.name] = [before, after]
        else:
            self.undecided.append(f"{index.name} on {table.name} ({costs})")
        if not is_cheaper and _is_served(table, index):
            yield f"{index.name} on {table.name} is needless: {costs}"

    def _cost(self, read: IndexRead) -> int:
        # The first run after a schema change costs more, because the engine reads the catalogue and the statistics.
        return min(self.connection.work(read.sql, read.params) for _ in range(2))

    def _reads(self, table: Table, index: Index) -> list[IndexRead]:
        """Return the reads that an index serves, those by its first columns too; none if they are not known here."""
        if not index.is_plain and not (index.where and index.columns):
            return []
        columns, whole = index.columns, (*index.columns, *index.include)
        select, where = () if index.where else whole, index.where
        reads = [lookup_by_columns(self.names, self.connection, table, columns, select=select, where=where)]
        if not where:
            reads.append(lookup_by_columns(self.names, self.connection, table, columns, select=columns, ordered=True))
        reads += [
            lookup_by_columns(self.names, self.connection, table, columns[:count], select=whole, where=where)
            for count in range(1, len(columns))
        ]
        return [read for read in reads if read]

    @contextmanager
    def _without(self, table: Table, index: Index) -> Iterator[None]:
        """Drop an index and create it again afterwards."""
        self.connection.run(self.names.drop_index(table, index.name))
        try:
            # new statistics after both changes: planners keep plans that were chosen with the old ones
            self.connection.analyze(table.sql_name)
            yield
        finally:
            self.connection.run(index_statement(table, index, self.subject.traits))
            self.connection.analyze(table.sql_name)


def _is_served(table: Table, index: Index) -> bool:
    """Return whether another index serves the reads of an index whatever the values are.

    It begins with its columns and has its predicate, or it is a unique one over its first columns.
    """
    others = [one for one in table.indexes if one.name != index.name]
    rest = table.with_(indexes=tuple(others))
    if index.where:
        return any(one.where == index.where and serves_order(one.leading_columns, index.columns) for one in others)
    return rest.serves_order(index.columns) or any(index.columns[: len(key)] == key for key in rest.keys)


def _with_index(index: Index) -> SchemaEdit:
    return table_edit("tasks", lambda table: table.with_(indexes=(*table.indexes, index)))


DEFECTS = (
    Defect(
        "an index exists twice",
        "is needless",
        actual=_with_index(Index(name="tasks_again_idx", columns=("tenant_id", "assignee_id"))),
    ),
    Defect(
        "an index has the first columns of another",
        "tasks_short_idx on tasks is needless",
        actual=_with_index(Index(name="tasks_short_idx", columns=("tenant_id", "project_id"))),
    ),
)
