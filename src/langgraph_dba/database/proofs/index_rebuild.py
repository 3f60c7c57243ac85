"""A rebuild of an index removes the bloat that updates leave, and the index finds the same rows.

In a compacted table of 5,000 rows every row is updated three times, so that each index contains dead entries; then each
index is rebuilt. Afterwards its leaf pages must be at least 66 % full, as the server reports, it must be at most 10 %
larger than before the updates, and its read must return the same number of rows. Indexes of partitioned tables are left
out: each partition has an index of its own, which can be too small to be full.
"""

from collections.abc import Iterator, Mapping

from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Connection
from langgraph_dba.database.model.schema import Index, Table
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.index_probe import ROWS, filled_database, lookup_by_columns
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a rebuild removes the bloat that updates leave in an index, and the index finds the same rows"
CAPABILITY = "Index Maintenance: rebuild strategies, fragmentation monitoring"
NEEDS = ("measures_bloat",)
_ROUNDS = 3
_MIN_ROWS = 1000  # the few pages of a smaller index are never full
_MIN_DENSITY = 66.0  # per cent of a leaf page; a new B-tree is filled to 90 %
_MAX_GROWTH = 1.1
_Measure = Mapping[str, tuple[float, int]]  # index -> (density of leaf pages in per cent, bytes)


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no table has an index of columns besides its keys."""
    others = [f"{index.name} of {table.name}" for table in subject.schema.tables for index in table.indexes]
    if any(map(_plain, subject.schema.tables)):
        return ""
    if others:
        return (
            f"each index is unique, partial, or of expressions, another method or another order ({', '.join(others)})"
        )
    return "no table has an index besides its keys"


def _partitioned(subject: Subject) -> str:
    names = [f"{index.name} of {table.name}" for table in subject.schema.tables for index in _plain(table)]
    return f"each partition has a part of {', '.join(names)}, and no other index was found"


def _busiest(subject: Subject) -> Table | None:
    tables = [table for table in subject.schema.tables if _plain(table) and not table.partitioned_by]
    return max(tables, key=lambda table: len(_plain(table)), default=None)


def _plain(table: Table) -> list[Index]:
    return [index for index in table.indexes if not index.unique and index.is_plain]


def run(subject: Subject) -> CheckResult:
    """Cause bloat by updates in the table with the most indexes, rebuild the indexes, and compare."""
    table, templates = _busiest(subject), subject.traits.sql_templates
    if table is None:
        return CheckResult((), "", untried=_partitioned(subject))
    names, name = subject.names, subject.names.table(table)
    indexes = _plain(table)
    with filled_database(subject) as (_, connection):
        count = connection.run(f"SELECT count(*) FROM {name}").scalar
        if count < _MIN_ROWS:
            return CheckResult((), "", untried=f"only {count} rows of {table.name} could be generated")
        connection.run(templates.bloat_tools)
        # Triggers may have updated rows while they were generated. With free space in the pages of the table, updates
        # would be heap-only and add no index entries.
        connection.run(templates.compact.format(table=name))
        fresh, rows = _measure(connection, templates.bloat, indexes), _read_rows(names, connection, table, indexes)
        for _ in range(_ROUNDS):
            # sets a column to its own value: new versions of all rows, new entries in all indexes
            connection.run(templates.touch_rows.format(table=name, column=names.column(table, indexes[0].columns[0])))
        connection.analyze(table.sql_name)
        bloated = _measure(connection, templates.bloat, indexes)
        for index in indexes:
            connection.run(templates.rebuild.format(index=names.of(index.name)))
        rebuilt, again = _measure(connection, templates.bloat, indexes), _read_rows(names, connection, table, indexes)
    failures = [*_failures(fresh, bloated, rebuilt)]
    failures += [f"{name} returns other rows after the rebuild" for name in rows if rows[name] != again[name]]
    numbers = {
        name: {"fresh bytes": fresh[name][1], "bloated bytes": bloated[name][1], "rebuilt bytes": rebuilt[name][1],
               "leaves filled %": [round(state[name][0], 1) for state in (fresh, bloated, rebuilt)]}
        for name in fresh
    }  # fmt: skip
    worst = max(bloated[name][1] / rebuilt[name][1] for name in rebuilt)
    summary = (
        f"{len(indexes)} indexes of {table.name} at {ROWS} rows: up to {worst:.1f} times larger before the rebuild"
    )
    untried = "" if rows else f"{table.name} has no row to read by its indexes"
    return CheckResult(tuple(failures), summary, numbers, strength="measured", untried=untried)


def _measure(connection: Connection, query: str, indexes: list[Index]) -> _Measure:
    rows = {index.name: connection.run(query, {"index": index.name}).rows[0] for index in indexes}
    return {name: (float(density), int(size)) for name, (density, size) in rows.items()}


def _read_rows(names: Names, connection: Connection, table: Table, indexes: list[Index]) -> dict[str, list[str]]:
    """Return the rows that the read of each index returns, sorted; without those of empty results."""
    # keys only: a trigger may set the time of the last change, and the updates of this check are changes
    key = table.primary_key or indexes[0].columns
    reads = {index.name: lookup_by_columns(names, connection, table, index.columns, select=key) for index in indexes}
    rows = {name: connection.run(read.sql, read.params).rows for name, read in reads.items() if read}
    return {name: sorted(map(repr, own)) for name, own in rows.items() if own}


def _failures(fresh: _Measure, bloated: _Measure, rebuilt: _Measure) -> Iterator[str]:
    for name, (density, size) in rebuilt.items():
        if density < _MIN_DENSITY:
            yield f"{name}: its leaf pages are {density:.0f} % full after the rebuild"
        if size > fresh[name][1] * _MAX_GROWTH:
            yield f"{name} has {size} bytes after the rebuild, {fresh[name][1]} before the updates"
        if bloated[name][1] <= fresh[name][1]:
            yield f"{name} did not grow by {_ROUNDS} updates of every row, so the check shows nothing"


DEFECTS = (
    Defect(
        "an index has nearly empty leaf pages",
        "tasks_assignee_idx: its leaf pages are",
        up=lambda text: text.replace(
            "tasks_assignee_idx ON tasks (tenant_id, assignee_id)",
            "tasks_assignee_idx ON tasks (tenant_id, assignee_id) WITH (fillfactor = 20)",
        ),
    ),
)
