"""The column order of an index serves its own read and the reads by its first columns.

At 5,000 rows, the read has equality on all columns but the last and a sorted range on the last. The work of the index
(in pages or steps of the engine, never in time) is compared with indexes over the same columns in other orders: it must
be at most 1.5 times that of the best. A read by the first columns alone must use an index by these columns. The reads
of a partial index have its predicate, and its other orders too.
"""

from collections.abc import Iterator
from itertools import permutations

from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import (
    ROWS,
    IndexRead,
    app_connection,
    filled_database,
    lookup_by_columns,
    predicate_columns,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "the column order of each index suits its read, and its first columns serve shorter reads"
CAPABILITY = "Indexing Strategy: composite indexes, column order"
NEEDS = ()
_MAX_RATIO = 1.5  # work of the index over work of the best order
_SLACK = 8  # pages: the depth of an index differs by a few pages between orders
_ORDERS = 6  # all other orders of three columns; for more columns, those with another last column come first


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no index has two columns besides the tenant column."""
    return "" if list(_composite(subject)) else "no index has two or more columns besides the tenant column"


def _composite(subject: Subject) -> Iterator[tuple[Table, Index]]:
    for table in subject.schema.tables:
        for index in table.indexes:
            if len(table.without_tenant(index.columns)) > 1:
                yield table, index


def run(subject: Subject) -> CheckResult:
    """Compare each composite index with other orders of its columns."""
    indexes = list(_composite(subject))
    with filled_database(subject) as (scratch, connection):
        prober = _Prober(subject, connection)
        with app_connection(subject, scratch) as app:
            failures = [one for table, index in indexes for one in prober.prefix(app, table, index)]
        # its transaction has ended: it would lock the tables whose indexes are replaced now
        failures += [one for table, index in indexes for one in prober.orders(table, index)]
    failures = list(dict.fromkeys(failures))  # an index of another shape may have the declared name
    uncopied = "; ".join(f"{name} ({reason})" for name, reason in prober.uncopied.items())
    untried = f"not compared with other orders, because the table cannot be copied: {uncopied}" if uncopied else ""
    untried = untried or ("" if prober.orders_count else "no row has a value in all columns of a composite index")
    summary = f"{len(prober.work)} indexes, {prober.orders_count} other orders measured at {ROWS} rows"
    return CheckResult(tuple(failures), summary, {"work": prober.work}, strength="measured", untried=untried)


class _Prober:
    def __init__(self, subject: Subject, connection: Connection) -> None:
        self.subject, self.connection = subject, connection
        self.orders_count = 0
        self.work: dict[str, dict[str, int]] = {}
        self.uncopied: dict[str, str] = {}  # indexes without a copy of their table, with the reason

    def prefix(self, app: Connection, table: Table, index: Index) -> Iterator[str]:
        """Yield a failure if a read by the leading columns does not use an index by all of them."""
        names, leading = self.subject.names, index.columns[: 2 if index.columns[0] == table.tenant_column else 1]
        # Select columns of the index only: for whole rows a planner may prefer the table (a status has few values).
        read = lookup_by_columns(
            self.subject.names, self.connection, table, leading, select=index.columns, where=index.where
        )
        if read is None:
            return
        plan = read.plan(app, few_rows=True)
        # a predicate can be the condition of the first column (`state = 'open'`): then nothing is left to search by
        searched = names.plan_names(table, [one for one in leading if one not in predicate_columns(table, index)])
        if not (plan.searched_columns.issuperset(searched) if searched else plan.uses(index.name)):
            yield f"{index.name}: a read by its first columns ({', '.join(leading)}) uses no index by them"

    def orders(self, table: Table, index: Index) -> Iterator[str]:
        """Yield a failure if the read of the index costs clearly more than with another order of its columns."""
        # Select columns of the index only: the physical order of the table's rows must not count.
        read = lookup_by_columns(
            self.subject.names,
            self.connection,
            table,
            index.columns,
            select=index.columns,
            ordered=True,
            where=index.where,
        )
        if read is None or not self._copied(table, index):
            return
        costs = {index.columns: self.connection.work(read.sql, read.params)} | self._others(table, index, read)
        self.work[index.name] = {", ".join(columns): cost for columns, cost in costs.items()}
        best = min(costs, key=lambda columns: costs[columns])
        if costs[index.columns] > costs[best] * _MAX_RATIO + _SLACK:
            yield (
                f"{index.name} costs {costs[index.columns]}, the order ({', '.join(best)}) costs {costs[best]}: "
                f"{read.label}, sorted by the last"
            )

    def _copied(self, table: Table, index: Index) -> bool:
        """Copy the rows of a table, or their columns that the read needs; return whether the engine can."""
        names = self.subject.names
        # MariaDB copies the defaults too, and its strict mode refuses a zero date among them
        for columns in ("*", names.columns(table, index.columns)):
            try:
                self.connection.run(f"CREATE TABLE {_copy_of(table)} AS SELECT {columns} FROM {names.table(table)}")
            except Rejected as refusal:
                self.uncopied[index.name] = str(refusal)
            else:
                self.uncopied.pop(index.name, None)
                return True
        return False

    def _others(self, table: Table, index: Index, read: IndexRead) -> dict[tuple[str, ...], int]:
        """Return the cost of the read for each other order, measured on a copy of the table.

        The copy of a partitioned table is one table: the order of the index is measured on it too.
        """
        # On a copy without other indexes: MariaDB refuses to drop an index that a foreign key needs.
        copy, costs = _copy_of(table), dict[tuple[str, ...], int]()
        run = self.connection.run
        names, where = self.subject.names, f" WHERE {index.where}" if index.where else ""
        own = (index.columns,) if table.partitioned_by else ()
        for number, columns in enumerate((*own, *_other_orders(index.columns))):
            run(f"CREATE INDEX {copy}_idx ON {copy} ({names.columns(table, columns)}){where}")
            if not number or self.subject.traits.statistics_of_indexes:
                self.connection.analyze(copy)
            sql = read.sql.replace(f"FROM {names.table(table)} ", f"FROM {copy} ")
            costs[columns] = self.connection.work(sql, read.params)
            run(self.subject.traits.sql_templates.drop_index.format(index=f"{copy}_idx", table=copy))
            self.orders_count += columns != index.columns
        run(f"DROP TABLE {copy}")
        return costs


def _copy_of(table: Table) -> str:
    return f"{table.name[:55]}_copy"


def _other_orders(columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return other orders of the columns, at most six; orders with another last column come first."""
    others = [order for order in permutations(columns) if order != columns]
    return sorted(others, key=lambda order: (order[-1] == columns[-1], order))[:_ORDERS]


def _reversed(table: Table) -> Table:
    indexes = (
        index.model_copy(update={"columns": tuple(reversed(index.columns))})
        if index.name == "time_entries_minutes_idx"
        else index
        for index in table.indexes
    )
    return table.with_(indexes=tuple(indexes))


DEFECTS = (
    Defect("the range column comes first", "time_entries_minutes_idx", actual=table_edit("time_entries", _reversed)),
    Defect(
        "the index is missing",
        "time_entries_minutes_idx",
        actual=table_edit(
            "time_entries",
            lambda t: t.with_(indexes=tuple(i for i in t.indexes if i.name != "time_entries_minutes_idx")),
        ),
    ),
)
