"""The columns of an index stand in an order that serves its read and the reads of its beginning.

At 5,000 rows: equality on all columns but the last, the last one as a range in order. The index as made is measured
beside indexes over the same columns in other orders (pages, or the engine's own steps; no clock): it must be within a
half of the best. A read by its leading columns alone must still enter it.
"""

from collections.abc import Iterator
from itertools import permutations

from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, Read, by_columns, filled, reader
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "the columns of an index stand in the order that its read needs, and its beginning serves shorter reads"
CAPABILITY = "Indexing Strategy: composite indexes, column order"
NEEDS = ()
_WORSE = 1.5  # times the best order's work
_SLACK = 8  # pages or so: an index's own depth differs by a few
_ORDERS = 6  # all orders of three columns; of longer ones, those that move the last column


def obstacle(subject: Subject) -> str:
    """Say that no index has an order to speak of."""
    return "" if list(_composite(subject)) else "no index has two columns or more besides the tenant"


def _composite(subject: Subject) -> Iterator[tuple[Table, Index]]:
    for table in subject.schema.tables:
        for index in table.indexes:
            if len(table.without_tenant(index.columns)) > 1:
                yield table, index


def run(subject: Subject) -> CheckResult:
    """Measure each composite index against other orders of its columns."""
    found = list(_composite(subject))
    with filled(subject) as (scratch, connection):
        prober = _Prober(subject, connection)
        failures: list[str] = []
        for table, index in found:
            with reader(subject, scratch) as app:
                failures += prober.prefix(app, table, index)
            failures += prober.orders(table, index)
    summary = f"{len(found)} indexes, {prober.orders_tried} other orders measured at {ROWS} rows"
    return CheckResult(tuple(failures), summary, {"work": prober.work}, strength="measured")


class _Prober:
    def __init__(self, subject: Subject, connection: Connection) -> None:
        self.subject, self.connection = subject, connection
        self.orders_tried = 0
        self.work: dict[str, dict[str, int]] = {}

    def prefix(self, app: Connection, table: Table, index: Index) -> Iterator[str]:
        """A read by the leading columns enters an index by all of them."""
        names, leading = self.subject.names, index.columns[: 2 if index.columns[0] == table.tenant_column else 1]
        # of its own columns: whether the whole row is cheaper to read from the table (a status has few values) is
        # another question
        read = by_columns(self.subject.names, self.connection, table, leading, give=index.columns)
        if read and not read.plan(app, few_rows=True).searched_columns.issuperset(names.plan_names(table, leading)):
            yield f"{index.name}: a read by its beginning ({', '.join(leading)}) enters no index by it"

    def orders(self, table: Table, index: Index) -> Iterator[str]:
        """Compare what the index's read costs with what it costs where the columns stand in other orders."""
        # of the index's own columns only: how the rows lie in the table is no merit of an order
        read = by_columns(self.subject.names, self.connection, table, index.columns, give=index.columns, ordered=True)
        if read is None:
            return
        costs = {index.columns: self.connection.work(read.sql, read.params)} | self._others(table, index, read)
        self.work[index.name] = {", ".join(columns): cost for columns, cost in costs.items()}
        best = min(costs, key=lambda columns: costs[columns])
        if costs[index.columns] > costs[best] * _WORSE + _SLACK:
            yield (
                f"{index.name} costs {costs[index.columns]} where the order ({', '.join(best)}) costs {costs[best]}: "
                f"{read.what}, sorted by the last"
            )

    def _others(self, table: Table, index: Index, read: Read) -> dict[tuple[str, ...], int]:
        """Build each order on a copy of the table that has nothing else: no engine then refuses to drop it."""
        copy, found = f"{table.name[:55]}_copy", dict[tuple[str, ...], int]()
        run = self.connection.run
        names = self.subject.names
        run(f"CREATE TABLE {copy} AS SELECT * FROM {names.table(table)}")
        for columns in _other_orders(index.columns):
            run(f"CREATE INDEX {copy}_idx ON {copy} ({names.columns(table, columns)})")
            self.connection.analyze(copy)
            sql = read.sql.replace(f"FROM {names.table(table)} ", f"FROM {copy} ")
            found[columns] = self.connection.work(sql, read.params)
            run(self.subject.traits.sql_templates.drop_index.format(index=f"{copy}_idx", table=copy))
            self.orders_tried += 1
        run(f"DROP TABLE {copy}")
        return found


def _other_orders(columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Other orders of the columns, those first in which another column comes last."""
    others = [order for order in permutations(columns) if order != columns]
    return sorted(others, key=lambda order: (order[-1] == columns[-1], order))[:_ORDERS]


def _reversed(table: Table) -> Table:
    turned = (
        index.model_copy(update={"columns": tuple(reversed(index.columns))})
        if index.name == "time_entries_minutes_idx"
        else index
        for index in table.indexes
    )
    return table.with_(indexes=tuple(turned))


DEFECTS = (
    Defect("the range comes first", "time_entries_minutes_idx", made=table_edit("time_entries", _reversed)),
    Defect(
        "the index is gone",
        "time_entries_minutes_idx",
        made=table_edit(
            "time_entries",
            lambda t: t.with_(indexes=tuple(i for i in t.indexes if i.name != "time_entries_minutes_idx")),
        ),
    ),
)
