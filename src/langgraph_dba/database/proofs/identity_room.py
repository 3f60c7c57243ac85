"""A number that counts rows up lasts: the date of its exhaustion, from what the engine takes.

Each counted key is given the largest numbers of the usual widths, as the engine's owner would; what it refuses ends its
range. At a thousand rows a second it must last a hundred years. After a row was added in that way, the engine must not
start again from the beginning.

What a row takes on disk, its share of the indexes included, is measured at 5,000 rows and told beside it: with the
growth of a table it says when a disk is full, as the counter says when its numbers are used up.
"""

from typing import Any

from langgraph_dba.database.data.sample import Sample, to_engine_row
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.proofs.kit.defect import Defect, column_type
from langgraph_dba.database.proofs.kit.index_probe import filled
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a counted key lasts a hundred years at a thousand rows a second"
CAPABILITY = "Data Type Selection: identity columns, exhaustion"
NEEDS = ()
_WIDTHS = (2**15 - 1, 2**16 - 1, 2**24 - 1, 2**31 - 1, 2**32 - 1, 2**63 - 1)
_PER_SECOND, _YEARS = 1000, 100
_YEAR_S = 31_557_600


def obstacle(subject: Subject) -> str:
    """Say that nothing is counted."""
    return "" if _counted(subject) else "no key is counted up by the engine"


def _counted(subject: Subject) -> list[tuple[Table, str]]:
    return [(t, c.name) for t in subject.schema.tables for c in t.columns if c.type.name == "identity"]


def run(subject: Subject) -> CheckResult:
    """Find out how far each counter reaches."""
    sample = Sample(subject.schema)
    with subject.loaded(sample) as (_, connection):
        reach = {table.name: _reach(connection, subject, sample, table, column) for table, column in _counted(subject)}
    sizes = _bytes_a_row(subject)
    years = {name: last / _PER_SECOND / _YEAR_S for name, last in reach.items()}
    failures = [
        f"{name} takes numbers up to {reach[name]}: used up after {_span(lasting)} at {_PER_SECOND} rows a second"
        for name, lasting in years.items()
        if lasting < _YEARS
    ]
    numbers: dict[str, Any] = {
        name: {
            "largest": reach[name],
            f"years at {_PER_SECOND} rows a second": round(years[name], 2),
            "bytes a row": sizes[name],
        }
        for name in reach
    }
    summary = (
        f"{len(reach)} counted keys, the shortest lasts {min(years.values()):,.0f} years at {_PER_SECOND} rows a second"
    )
    return CheckResult(tuple(failures), summary, numbers)


def _reach(connection: Connection, subject: Subject, sample: Sample, table: Table, column: str) -> int:
    """Return the largest of the usual limits that the column takes; 0 if it takes none."""
    reached = 0
    insertion = subject.names.insertion(table, table.column_names)
    tenant = sample.tenants + 1 if subject.schema.is_tenant_table(table) else 1
    fresh = sample.row(table, tenant, sample.count(table.name))
    for limit in _WIDTHS:
        values = to_engine_row(fresh | {column: limit}, table, subject.traits)
        row = dict(zip(table.column_names, values, strict=True))
        if isinstance(connection.attempt((insertion, row)), Rejected):
            break
        reached = limit
    return reached


def _bytes_a_row(subject: Subject) -> dict[str, int | None]:
    """What a row of each counted table takes; None where the engine cannot tell."""
    found: dict[str, int | None] = {}
    with filled(subject) as (_, connection):
        for table, _ in _counted(subject):
            size = connection.attempt((subject.traits.sql_templates.table_bytes, {"table": table.sql_name}))
            rows = int(connection.run(f"SELECT count(*) FROM {subject.names.table(table)}").scalar)
            told = None if isinstance(size, Rejected) or not rows else size.scalar
            found[table.name] = None if told is None else round(int(told) / rows)
    return found


def _span(years: float) -> str:
    return f"{years:.1f} years" if years >= 1 else f"{years * 365.25:.0f} days"


DEFECTS = (
    Defect(
        "a counter is an ordinary integer",
        "time_entries takes numbers up to",
        made=column_type("time_entries", "id", "integer"),
    ),
    Defect("a counter is small", "profiles takes numbers up to", made=column_type("profiles", "id", "smallint")),
)
