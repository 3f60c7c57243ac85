"""Rows that follow each other by their primary key lie together, or can be laid together.

A range of 500 of 5,000 rows is read by the primary key, first where the rows lie scattered and then where the table is
laid out by its primary key: the same rows must then take less than half of the pages. An engine that always keeps
tables in that order is measured beside a copy that it keeps in another. Pages are counted, no clock is read.
"""

from collections.abc import Mapping, Sequence

from langgraph_dba.database.data.generator import scatter
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Table, Unique
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, filled
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "rows that follow each other by their primary key are read from few pages once the table is laid out by it"
CAPABILITY = "Indexing Strategy: clustered index, primary order"
NEEDS = ("counts_pages",)
_FIRST, _LAST = 2_000, 2_499
_GAIN = 2.0


def obstacle(subject: Subject) -> str:
    """Say that no table counts its rows up by its key."""
    return "" if _widest(subject) else "no table's primary key is a number counted up"


def _widest(subject: Subject) -> Table | None:
    """The widest table with a counted key: there the order of rows matters most."""
    counted = [t for t in subject.schema.tables if t.primary_key and t.column(t.primary_key[0]).type.name == "identity"]
    return max(counted, key=lambda table: len(table.columns), default=None)


def run(subject: Subject) -> CheckResult:
    """Read one range scattered, and again from the table laid out by its key."""
    table, words = _widest(subject), subject.traits.sql_templates
    assert table is not None
    names = subject.names
    name, key = names.table(table), names.column(table, table.primary_key[0])
    place = {"table": name, "key": key, "scattered": scatter(key, "order"), "primary": names.of(table.primary_key_name)}
    with filled(subject) as (_, connection):
        try:
            _prepare(connection, table, words.scatter_rows, place)
            before = _pages(connection, words.scattered_rows.format(**place), key)
            _prepare(connection, table, words.lay_rows, place)
            after = _pages(connection, name, key)
        except Rejected as refusal:
            return CheckResult((f"{table.name} cannot be laid out by its primary key: {refusal}",), "", {})
    numbers = {"table": table.name, "rows read": _LAST - _FIRST + 1, "pages scattered": before, "pages in order": after}
    failures = (
        [f"{table.name}: rows {_FIRST} to {_LAST} take {after} pages in the order of the key, {before} scattered"]
        if after * _GAIN > before
        else []
    )
    summary = f"{_LAST - _FIRST + 1} of {ROWS} rows of {table.name}: {before} pages scattered, {after} in order"
    return CheckResult(tuple(failures), summary, numbers, strength="measured")


def _prepare(connection: Connection, table: Table, statements: Sequence[str], place: Mapping[str, str]) -> None:
    for statement in statements:
        connection.run(statement.format(**place))
    connection.analyze(table.sql_name)


def _pages(connection: Connection, source: str, key: str) -> int:
    return connection.work(f"SELECT * FROM {source} WHERE {key} BETWEEN {_FIRST} AND {_LAST}")


def _by_moment(table: Table) -> Table:
    return table.with_(
        primary_key=("created_at", "id"), uniques=(*table.uniques, Unique(name="tasks_id_key", columns=("id",)))
    )


DEFECTS = (Defect("the primary key begins with another column", "tasks", made=table_edit("tasks", _by_moment)),)
