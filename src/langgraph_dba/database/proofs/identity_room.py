"""An identity column does not run out of numbers: the check measures its range on the engine.

The maximum values of the usual integer widths are inserted into each identity column; the first one that is refused
ends its range. At 1,000 rows per second the range must last 100 years.

The type of a key of an existing database (`serial`, `integer`, `int unsigned`), or the end of its sequence, is the
choice of its owner, who knows how many rows are added. Its range is measured too: a longer one supports the claim, a
shorter one does not refute it. The evidence is then `not run`, and names each such key with the last number.

The number of bytes per row, with its share of the indexes, is measured at 5,000 rows and reported with the range, so
that the growth of a table can be compared with the size of the disk.
"""

import re
from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.data.sample import Sample, to_engine_row
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Column, Schema, Table
from langgraph_dba.database.proofs.kit.defect import Defect, column_type
from langgraph_dba.database.proofs.kit.index_probe import filled_database
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.database.scripts.words import plain
from langgraph_dba.errors import InputError
from langgraph_dba.evidence import CheckResult

CLAIM = "an identity key lasts a hundred years at a thousand rows per second"
CAPABILITY = "Data Type Selection: identity columns, exhaustion"
NEEDS = ()
# the largest values of the integer types of all engines: signed and unsigned 8, 16, 24 and 32 bits, signed 64 bits
_WIDTHS = tuple(2**bits - 1 for bits in (7, 8, 15, 16, 23, 24, 31, 32, 63))
_INTEGERS = ("smallint", "integer", "bigint")
_NATIVE_INTEGER = re.compile(r"(tiny|small|medium|big)?int(eger)?\b", re.IGNORECASE)  # not `interval`
# the values of such a key have a meaning: new rows do not count it up
_COUNTED_ELSEWHERE = frozenset({"code", "day", "hour", "level", "month", "version", "week", "year", "zip"})
_PER_SECOND, _YEARS = 1000, 100
_TYPE_REFUSALS = ("type", "other")  # not a key, a check or a missing value: those say nothing about the range
_YEAR_S = 31_557_600  # 365.25 days


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: no key of the schema is a number that counts up."""
    if any(_keys(subject.schema, is_designed=subject.is_designed)):
        return ""
    return "no table has an identity column or a key of an integer type"


def _keys(schema: Schema, *, is_designed: bool) -> Iterator[tuple[Table, Column]]:
    """Yield the identity column of each table; in a database that exists, also other keys that count up."""
    for table in schema.tables:
        identities = [column for column in table.columns if column.type.name == "identity"]
        others = [] if is_designed else [column for column in table.columns if _counts_up(table, column)]
        yield from ((table, column) for column in [*identities, *others][:1])


def _counts_up(table: Table, column: Column) -> bool:
    is_integer = column.type.name in _INTEGERS or _NATIVE_INTEGER.match(column.type.native)
    if not is_integer or any(column.name in key.columns for key in table.foreign_keys):
        return False
    is_key = table.without_tenant(table.primary_key) in ((column.name,), ()) and column.name in table.primary_key
    return _sequence(column) != "" or (is_key and tokens(column.name)[-1] not in _COUNTED_ELSEWHERE)


def _sequence(column: Column) -> str:
    """Return the name of the sequence that numbers a column by its default; empty if there is none."""
    found = re.match(r"""nextval\((?:')?([^)':]+)""", column.default_sql.strip("("), re.IGNORECASE)
    return plain(found[1]) if found else ""


def _left_out(subject: Subject) -> list[str]:
    """Return the keys of the tables that could not be filled."""
    keys = _keys(subject.declared or subject.schema, is_designed=subject.is_designed)
    return [f"{t.name}.{c.name} (the table could not be filled)" for t, c in keys if t.name in subject.left_out]


def run(subject: Subject) -> CheckResult:
    """Measure the range of each identity column, and the bytes per row of its table."""
    sample = Sample(subject.schema)
    columns = {table.name: column for table, column in _keys(subject.schema, is_designed=subject.is_designed)}
    with subject.loaded(sample) as (_, connection):
        largest = {name: _reach(connection, subject, sample, name, column) for name, column in columns.items()}
    reach = {name: last for name, last in largest.items() if last is not None}
    ends = {name: min(last, _sequence_end(subject.schema, columns[name], last)) for name, last in reach.items()}
    years = {name: last / _PER_SECOND / _YEAR_S for name, last in ends.items()}
    short = [name for name, span in years.items() if span < _YEARS]
    # the declared type lasts: the statements create another one
    lasting = [name for name, one in columns.items() if one.type.name == "identity" and not one.type.native]
    wrong = [name for name in short if name in lasting and ends[name] == reach[name]]
    failures = [
        f"{name} accepts numbers up to {ends[name]}: {_span(years[name])} at {_PER_SECOND} rows per second"
        for name in wrong
    ]
    sizes = _bytes_per_row(subject, list(reach)) if reach else {}
    numbers: dict[str, Any] = {
        name: {
            "largest": ends[name],
            f"years at {_PER_SECOND} rows a second": round(years[name], 2),
            "bytes a row": sizes.get(name),
        }
        for name in reach
    }
    shortest = f"{min(years.values()):,.0f} years at {_PER_SECOND} rows per second" if years else ""
    unknown = [
        f"{name}.{columns[name].name} ({columns[name].type.native or columns[name].type.name}) at {ends[name]}"
        f" ({_span(years[name])})"
        for name in short
    ]
    refused = [f"{name}.{column.name}" for name, column in columns.items() if name not in reach]
    return CheckResult(
        tuple(failures),
        f"{len(reach)} identity keys, the shortest lasts {shortest}",
        numbers,
        untried=_untried(unknown, refused, _left_out(subject)),
    )


def _untried(unknown: list[str], refused: list[str], left: list[str]) -> str:
    """Return the keys about which the claim cannot be decided, with the reasons; empty if there is none."""
    at_rate = f"at {_PER_SECOND} rows per second these keys end within {_YEARS} years, and their rate is not known"
    reasons = [f"{at_rate}: {', '.join(unknown)}"] if unknown else []
    reasons += [f"a rule other than the type refuses the rows of {', '.join(refused)}"] if refused else []
    reasons += [f"not tried: {', '.join(left)}"] if left else []
    return "; ".join(reasons)


def _sequence_end(schema: Schema, column: Column, last: int) -> int:
    """Return the last number of the sequence that numbers a column; `last` if there is none."""
    name = _sequence(column)
    texts = [column.identity.options] if column.identity else []
    texts += [one.definition for one in schema.sequences if name and plain(one.name) == name]
    texts += [o.definition for o in schema.others if name and o.kind == "sequence" and plain(o.name) == name]
    found = [re.search(r"(?<!NO )\bMAXVALUE (\d+)", text, re.IGNORECASE) for text in texts]
    return min((int(one[1]) for one in found if one), default=last)


def _reach(connection: Connection, subject: Subject, sample: Sample, name: str, column: Column) -> int | None:
    """Return the largest of the usual limits that the column accepts; None if a rule refuses the rows, not the type."""
    table = subject.schema.table(name)
    reached: int | None = None
    insertion = subject.names.insertion(table, table.column_names)
    count = (
        f"SELECT count(*) FROM {subject.names.table(table)} WHERE {subject.names.column(table, column.name)} = :limit"
    )
    # a new row in the table of tenants is a new tenant, because tenant 1 is in the sample
    tenant = sample.tenants + 1 if subject.schema.is_tenant_table(table) else 1
    new = sample.row(table, tenant, sample.count(table.name))
    for limit in _WIDTHS:
        if connection.run(count, {"limit": limit}).scalar:
            reached = limit  # a row of the sample has this number
            continue
        values = to_engine_row(new | {column.name: limit}, table, subject.traits)
        row = dict(zip(table.column_names, values, strict=True))
        answer = connection.attempt((insertion, row))
        if isinstance(answer, Rejected):
            return 0 if reached is None and answer.kind in _TYPE_REFUSALS else reached
        reached = limit
    return reached


def _bytes_per_row(subject: Subject, names: list[str]) -> dict[str, int | None]:
    """Return the bytes per row of these tables; None if the engine does not report sizes, or a key ends earlier."""
    sizes: dict[str, int | None] = {}
    try:
        with filled_database(subject) as (_, connection):
            for table in map(subject.schema.table, names):
                size = connection.attempt((subject.traits.sql_templates.table_bytes, {"table": table.sql_name}))
                rows = int(connection.run(f"SELECT count(*) FROM {subject.names.table(table)}").scalar)
                # SQLite reports sizes only if it was compiled with the table dbstat
                total = None if isinstance(size, Rejected) or not rows else size.scalar
                sizes[table.name] = None if total is None else round(int(total) / rows)
    except (Rejected, InputError):  # a key of eight bits, or a sequence that ends before
        return {}
    return sizes


def _span(years: float) -> str:
    days = years * 365.25
    return f"{years:.1f} years" if years >= 1 else f"{days:.0f} days" if days >= 1 else f"{days * 86400:.0f} seconds"


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
