"""An identity column does not run out of numbers: the check measures its range on the engine.

The maximum values of the usual integer widths are inserted into each identity column; the first one that is refused
ends its range. At 1,000 rows per second the range must last 100 years.

The number of bytes per row, with its share of the indexes, is measured at 5,000 rows and reported with the range, so
that the growth of a table can be compared with the size of the disk.
"""

from typing import Any

from langgraph_dba.database.data.sample import Sample, to_engine_row
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Table
from langgraph_dba.database.proofs.kit.defect import Defect, column_type
from langgraph_dba.database.proofs.kit.index_probe import filled_database
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "an identity key lasts a hundred years at a thousand rows per second"
CAPABILITY = "Data Type Selection: identity columns, exhaustion"
NEEDS = ()
# the largest values of the integer types of all engines: signed and unsigned 16 and 32 bits, 24 bits, signed 64 bits
_WIDTHS = (2**15 - 1, 2**16 - 1, 2**24 - 1, 2**31 - 1, 2**32 - 1, 2**63 - 1)
_PER_SECOND, _YEARS = 1000, 100
_TYPE_REFUSALS = ("type", "other")  # not a key, a check or a missing value: those say nothing about the range
_YEAR_S = 31_557_600  # 365.25 days


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: the schema has no identity column, or none without a type of its own."""
    if _identities(subject):
        return ""
    own = ", ".join(_of_own_type(subject))
    return f"every identity column has a type of its own: {own}" if own else "no table has an identity column"


def _identities(subject: Subject) -> list[tuple[Table, str]]:
    # a native type was chosen by the owner of an existing table: `key-near-its-end` judges it by its numbers
    columns = ((t, c) for t in subject.schema.tables for c in t.columns)
    return [
        (table, column.name) for table, column in columns if column.type.name == "identity" and not column.type.native
    ]


def _of_own_type(subject: Subject) -> list[str]:
    columns = ((t, c) for t in subject.schema.tables for c in t.columns if c.type.name == "identity" and c.type.native)
    return [f"{table.name}.{column.name} ({column.type.native})" for table, column in columns]


def run(subject: Subject) -> CheckResult:
    """Measure the range of each identity column, and the bytes per row of its table."""
    sample = Sample(subject.schema)
    with subject.loaded(sample) as (_, connection):
        largest = {
            table.name: _reach(connection, subject, sample, table, column) for table, column in _identities(subject)
        }
    unjudged = [name for name, last in largest.items() if last is None]
    reach = {name: last for name, last in largest.items() if last is not None}
    if not reach:
        return CheckResult((), "", untried=f"a rule other than the type refuses the rows of {', '.join(unjudged)}")
    sizes = _bytes_per_row(subject)
    years = {name: last / _PER_SECOND / _YEAR_S for name, last in reach.items()}
    failures = [
        f"{name} accepts numbers up to {reach[name]}: {_span(span)} at {_PER_SECOND} rows per second"
        for name, span in years.items()
        if span < _YEARS
    ]
    numbers: dict[str, Any] = {
        name: {
            "largest": reach[name],
            f"years at {_PER_SECOND} rows a second": round(years[name], 2),
            "bytes a row": sizes[name],
        }
        for name in reach
    }
    shortest = f"{min(years.values()):,.0f} years at {_PER_SECOND} rows per second"
    summary = f"{len(reach)} identity keys, the shortest lasts {shortest}"
    unjudged += _of_own_type(subject)
    summary += f"; not judged: {', '.join(unjudged)}" if unjudged else ""
    return CheckResult(tuple(failures), summary, numbers)


def _reach(connection: Connection, subject: Subject, sample: Sample, table: Table, column: str) -> int | None:
    """Return the largest of the usual limits that the column accepts; None if a rule refuses the rows, not the type."""
    reached: int | None = None
    insertion = subject.names.insertion(table, table.column_names)
    # a new row in the table of tenants is a new tenant, because tenant 1 is in the sample
    tenant = sample.tenants + 1 if subject.schema.is_tenant_table(table) else 1
    new = sample.row(table, tenant, sample.count(table.name))
    for limit in _WIDTHS:
        values = to_engine_row(new | {column: limit}, table, subject.traits)
        row = dict(zip(table.column_names, values, strict=True))
        answer = connection.attempt((insertion, row))
        if isinstance(answer, Rejected):
            return 0 if reached is None and answer.kind in _TYPE_REFUSALS else reached
        reached = limit
    return reached


def _bytes_per_row(subject: Subject) -> dict[str, int | None]:
    """Return the bytes per row of each table with an identity column; None if the engine does not report sizes."""
    sizes: dict[str, int | None] = {}
    with filled_database(subject) as (_, connection):
        for table, _ in _identities(subject):
            size = connection.attempt((subject.traits.sql_templates.table_bytes, {"table": table.sql_name}))
            rows = int(connection.run(f"SELECT count(*) FROM {subject.names.table(table)}").scalar)
            # SQLite reports sizes only if it was compiled with the table dbstat
            total = None if isinstance(size, Rejected) or not rows else size.scalar
            sizes[table.name] = None if total is None else round(int(total) / rows)
    return sizes


def _span(years: float) -> str:
    return f"{years:.1f} years" if years >= 1 else f"{years * 365.25:.0f} days"


DEFECTS = (
    Defect(
        "an identity column is a plain integer",
        "time_entries accepts numbers up to",
        actual=column_type("time_entries", "id", "integer"),
    ),
    Defect(
        "an identity column is a smallint",
        "profiles accepts numbers up to",
        actual=column_type("profiles", "id", "smallint"),
    ),
)
