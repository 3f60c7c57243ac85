"""A range of the primary key is read from few pages if the table is stored in the order of the key.

A range of 500 of 5,000 rows is read by the primary key, first from a table in random order and then from the table in
the order of its primary key: the second read must take at most half of the pages. For an engine that always stores
tables in the order of the primary key, the first read uses a copy with another key. Only pages are counted, no time.
"""

from collections.abc import Mapping, Sequence

from langgraph_dba.database.data.generator import scatter
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Table, Unique
from langgraph_dba.database.proofs.kit.defect import Defect, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, filled_database
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a range of the primary key is read from fewer pages if the table is stored in the order of the key"
CAPABILITY = "Indexing Strategy: clustered index, primary order"
NEEDS = ("counts_pages",)
_FIRST, _LAST = 2_000, 2_499
_MIN_GAIN = 2.0  # pages in random order over pages in the order of the key


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no primary key begins with an identity column."""
    return "" if _widest(subject) else "no table with other columns has a primary key that begins with an identity"


def _widest(subject: Subject) -> Table | None:
    """Return the table with the most columns among those with an identity key; None if there is none."""
    # wide rows fill more pages, so that the order of the rows makes the largest difference
    candidates = [
        t
        for t in subject.schema.tables
        if t.primary_key
        and t.column(t.primary_key[0]).type.name == "identity"
        # the scattered order takes numbers of 64 bits
        and not t.column(t.primary_key[0]).type.native
        and not _is_in_an_index(t)
    ]
    return max(candidates, key=lambda table: len(table.columns), default=None)


def _is_in_an_index(table: Table) -> bool:
    """Return whether an index holds all columns: it answers the read, whatever the order of the table is."""
    held = (
        table.primary_key,
        *(one.columns for one in table.uniques),
        *((*i.columns, *i.include) for i in table.indexes),
    )
    return any(set(table.column_names) <= set(columns) for columns in held)


def run(subject: Subject) -> CheckResult:
    """Read one range from the table in random order, and again in the order of its key."""
    table, templates = _widest(subject), subject.traits.sql_templates
    assert table is not None
    names = subject.names
    name, key = names.table(table), names.column(table, table.primary_key[0])
    parts = {"table": name, "key": key, "scattered": scatter(key, "order"), "primary": names.of(table.primary_key_name)}
    with filled_database(subject) as (_, connection):
        try:
            _prepare(connection, table, templates.scatter_rows, parts)
            count = connection.run(f"SELECT count(*) FROM {name} WHERE {key} BETWEEN {_FIRST} AND {_LAST}").scalar
            if count < _LAST - _FIRST + 1:
                return CheckResult((), "", untried=f"only {count} rows of {table.name} could be generated to read")
            before = _pages(connection, templates.scattered_rows.format(**parts), key)
            _prepare(connection, table, templates.lay_rows, parts)
            after = _pages(connection, name, key)
        except Rejected as refusal:
            if not subject.is_designed:
                # a trigger or a rule without a model can refuse the new keys
                return CheckResult((), "", untried=f"the engine refused new keys for {table.name}: {refusal}")
            return CheckResult((f"{table.name} cannot be stored in the order of its primary key: {refusal}",), "", {})
    numbers = {
        "table": table.name,
        "rows read": _LAST - _FIRST + 1,
        "pages scattered": before,
        "pages in order": after,
    }
    failures = (
        [f"{table.name}: rows {_FIRST} to {_LAST} take {after} pages in the order of the key, {before} in random order"]
        if after * _MIN_GAIN > before
        else []
    )
    summary = (
        f"{_LAST - _FIRST + 1} of {ROWS} rows of {table.name}: {before} pages in random order, {after} in key order"
    )
    return CheckResult(tuple(failures), summary, numbers, strength="measured")


def _prepare(connection: Connection, table: Table, statements: Sequence[str], parts: Mapping[str, str]) -> None:
    for statement in statements:
        connection.run(statement.format(**parts))
    # without new statistics and visibility information the engine would read further pages
    connection.analyze(table.sql_name)


def _pages(connection: Connection, source: str, key: str) -> int:
    return connection.work(f"SELECT * FROM {source} WHERE {key} BETWEEN {_FIRST} AND {_LAST}")


def _by_moment(table: Table) -> Table:
    return table.with_(
        primary_key=("created_at", "id"), uniques=(*table.uniques, Unique(name="tasks_id_key", columns=("id",)))
    )


DEFECTS = (Defect("the primary key begins with another column", "tasks", actual=table_edit("tasks", _by_moment)),)
