"""Rebuilding an index ends the bloat that updates leave behind, and changes nothing that is found by it.

In a compacted table of 5,000 rows every row is updated several times, so that each index keeps dead entries; then each
is rebuilt. The server's own reading of the leaves counts: afterwards they must be filled to at least two thirds, and no
index may be larger than before the updates by more than a tenth. What is read by the index must be the same rows.
"""

from collections.abc import Iterator, Mapping

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.index_probe import ROWS, by_columns, filled
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "rebuilding an index ends the bloat that updates leave, and the same rows are found by it"
CAPABILITY = "Index Maintenance: rebuild strategies, fragmentation monitoring"
NEEDS = ("measures_bloat",)
_ROUNDS = 3
_FILLED = 66.0  # per cent of a leaf; a fresh B-tree is filled to 90
_GROWN = 1.1
_Measure = Mapping[str, tuple[float, int]]  # index -> (leaves filled in per cent, bytes)


def obstacle(subject: Subject) -> str:
    """Say that there is no index to rebuild."""
    return "" if _busiest(subject) else "no table has an index besides its keys"


def _busiest(subject: Subject) -> Table | None:
    return max((t for t in subject.schema.tables if t.indexes), key=lambda table: len(table.indexes), default=None)


def run(subject: Subject) -> CheckResult:
    """Make bloat by updates in the table with the most indexes, rebuild, and compare."""
    table, words = _busiest(subject), subject.traits.sql_templates
    assert table is not None
    names, name = subject.names, subject.names.table(table)
    indexes = [index for index in table.indexes if not index.unique]
    with filled(subject) as (_, connection):
        connection.run(words.bloat_tools)
        # triggers may have changed rows while they were made: room in their pages would keep updates out of the indexes
        connection.run(words.compact.format(table=name))
        fresh, rows = _measured(connection, words.bloat, indexes), _found(names, connection, table, indexes)
        for _ in range(_ROUNDS):
            # every column of an index as it was: new versions of all rows, new entries in all indexes
            connection.run(words.touch_rows.format(table=name, column=names.column(table, indexes[0].columns[0])))
        connection.analyze(table.sql_name)
        bloated = _measured(connection, words.bloat, indexes)
        for index in indexes:
            connection.run(words.rebuild.format(index=names.of(index.name)))
        rebuilt, again = _measured(connection, words.bloat, indexes), _found(names, connection, table, indexes)
    failures = [*_judged(fresh, bloated, rebuilt)]
    failures += [f"{name} finds other rows after it was rebuilt" for name in rows if rows[name] != again[name]]
    numbers = {
        name: {"fresh bytes": fresh[name][1], "bloated bytes": bloated[name][1], "rebuilt bytes": rebuilt[name][1],
               "leaves filled %": [round(state[name][0], 1) for state in (fresh, bloated, rebuilt)]}
        for name in fresh
    }  # fmt: skip
    worst = max(bloated[name][1] / rebuilt[name][1] for name in rebuilt)
    summary = f"{len(indexes)} indexes of {table.name} at {ROWS} rows, up to {worst:.1f} times their size before"
    return CheckResult(tuple(failures), summary, numbers, strength="measured")


def _measured(connection: Connection, query: str, indexes: list[Index]) -> _Measure:
    rows = {index.name: connection.run(query, {"index": index.name}).rows[0] for index in indexes}
    return {name: (float(filled_), int(size)) for name, (filled_, size) in rows.items()}


def _found(names: Names, connection: Connection, table: Table, indexes: list[Index]) -> dict[str, int]:
    """How many rows each index's own read finds."""
    reads = {index.name: by_columns(names, connection, table, index.columns) for index in indexes}
    return {name: len(connection.run(read.sql, read.params).rows) for name, read in reads.items() if read}


def _judged(fresh: _Measure, bloated: _Measure, rebuilt: _Measure) -> Iterator[str]:
    for name, (filled_, size) in rebuilt.items():
        if filled_ < _FILLED:
            yield f"{name}: its leaves are filled to {filled_:.0f} % after it was rebuilt"
        if size > fresh[name][1] * _GROWN:
            yield f"{name} has {size} bytes after it was rebuilt, {fresh[name][1]} before the updates"
        if bloated[name][1] <= fresh[name][1]:
            yield f"{name} did not grow by {_ROUNDS} updates of every row: nothing was shown"


DEFECTS = (
    Defect(
        "an index keeps its leaves nearly empty",
        "tasks_assignee_idx: its leaves are filled to",
        up=lambda text: text.replace(
            "tasks_assignee_idx ON tasks (tenant_id, assignee_id)",
            "tasks_assignee_idx ON tasks (tenant_id, assignee_id) WITH (fillfactor = 20)",
        ),
    ),
)
