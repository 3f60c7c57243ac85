"""A derived column stays equal to the query that defines it, and is cheaper to read than the query.

With 5,000 rows per table the column must equal its query in every row, and again after random writes to the source rows
(insert, update, change of the reference, delete; a fixed seed makes the writes repeatable). Reading the column must
cost less than two thirds of the query's work; otherwise the column has no benefit, unless a business rule needs it.
"""

import random
import re
from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.ddl.derived_columns import derived_expression
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import DerivedColumn, Schema, Table
from langgraph_dba.database.proofs.kit.defect import Defect, TextEdit, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, filled_database
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a derived column equals its query after every write, and is cheaper to read than the query"
CAPABILITY = "Normalization Strategy: denormalisation considered"
NEEDS = ()
_WRITES = 80
_MIN_GAIN = 1.5  # work of the query over work of the column
_PAGE = 50  # rows of one page of a list, which is what such a column is read for


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply: the schema has no derived column."""
    return "" if list(_copies(subject.schema)) else "no table has a derived column"


def _copies(schema: Schema) -> Iterator[tuple[Table, DerivedColumn]]:
    pairs = ((table, copied) for table in schema.tables for copied in table.derived_columns)
    return ((table, copied) for table, copied in pairs if schema.find_table(copied.source))


def run(subject: Subject) -> CheckResult:
    """Compare, run random writes, compare again, and measure both ways of reading."""
    failures: list[str] = []
    numbers: dict[str, Any] = {}
    changed = 0
    with filled_database(subject) as (_, connection):
        for table, copied in _copies(subject.schema):
            name = f"{table.name}.{copied.column}"
            failures += _differences(connection, subject, table, copied, "before the writes")
            writes = _write(connection, subject, copied)
            changed += sum(writes.values())
            failures += _differences(connection, subject, table, copied, "after the writes")
            numbers[name] = {"writes": writes}
            if copied.rule:
                continue  # a business rule needs it, whatever reading it costs
            ratio = _ratio(connection, subject, table, copied)
            numbers[name]["query's work over the copy's"] = round(ratio, 2)
            if ratio < _MIN_GAIN:
                failures.append(
                    f"{name} is not cheaper to read than its query (the query costs {ratio:.1f} times as much)"
                )
    summary = (
        f"{len(numbers)} derived columns equal their query before and after {_WRITES} random writes at {ROWS} rows"
    )
    untried = "" if changed else "no row of a source table could be changed"
    return CheckResult(tuple(failures), summary, numbers, strength="measured", untried=untried)


def _differences(
    connection: Connection, subject: Subject, table: Table, copied: DerivedColumn, when: str
) -> Iterator[str]:
    names = subject.names
    differs = f"{names.column(table, copied.column, 'p')} <> {derived_expression(table, copied, subject.schema, names)}"
    first = names.column(table, table.primary_key[0], "p")
    rows = connection.run(f"SELECT count(*), min({first}) FROM {names.table(table)} p WHERE {differs}").rows
    count, first = rows[0]
    if count:
        yield f"{table.name}.{copied.column} differs from its query in {count} rows {when}, first in row {first}"


def _write(connection: Connection, subject: Subject, copied: DerivedColumn) -> dict[str, int]:
    """Run random writes on the source rows, and return the number of rows that each kind of write changed."""
    source, names = subject.schema.table(copied.source), subject.names
    dice, counts = random.Random(7), dict.fromkeys(("added", "changed", "moved", "deleted"), 0)  # noqa: S311
    identities = f"SELECT {names.column(source, source.primary_key[0])} FROM {names.table(source)} ORDER BY 1"
    identifiers = [row[0] for row in connection.run(identities).rows]
    for _ in range(_WRITES if identifiers else 0):
        kind, identifier = dice.choice(list(counts)), dice.choice(identifiers)
        try:
            statement = _statement(kind, subject, copied, dice)
            counts[kind] += connection.run(statement, {"identifier": identifier}).affected_rows
        except Rejected:
            continue  # a check or a key of the source refuses some random values: such a write changes nothing
    return counts


def _statement(kind: str, subject: Subject, copied: DerivedColumn, dice: random.Random) -> str:
    source, names = subject.schema.table(copied.source), subject.names
    key = next(key for key in source.foreign_keys if key.name == copied.key)
    table, identity = names.table(source), names.column(source, source.primary_key[0])
    own = names.column(source, source.own_key_columns(key)[0])
    where = f"WHERE {identity} = :identifier"
    if kind == "deleted":
        return f"DELETE FROM {table} {where}"
    if kind == "changed":
        column, more = (names.column(source, copied.sums), 1) if copied.sums else (own, 0)
        return f"UPDATE {table} SET {column} = {column} + {more} {where}"
    if kind == "moved":
        return f"UPDATE {table} SET {own} = {own} + {dice.choice((-2, -1, 1, 2))} {where}"
    others = names.columns(source, (column for column in source.column_names if column != source.primary_key[0]))
    fresh = f"(SELECT max({identity}) + 1 FROM {table})"
    return f"INSERT INTO {table} ({identity}, {others}) SELECT {fresh}, {others} FROM {table} {where}"


def _ratio(connection: Connection, subject: Subject, table: Table, copied: DerivedColumn) -> float:
    """Return the work of the query divided by the work of the column, both for the same rows of the table."""
    names = subject.names
    listed = f"FROM {names.table(table)} p ORDER BY {names.column(table, table.primary_key[0], 'p')} LIMIT {_PAGE}"
    column_work = connection.work(f"SELECT {names.column(table, copied.column, 'p')} {listed}")
    query_work = connection.work(f"SELECT {derived_expression(table, copied, subject.schema, names)} {listed}")
    return query_work / max(column_work, 1)


def _without_trigger(event: str) -> TextEdit:
    # the end of a trigger is written differently by each engine: `END;`, a call `();`, or one statement
    trigger = rf"CREATE TRIGGER \w+_{event}\b.*?(?:END;|\(\);|;(?=\n))"
    return lambda text: re.sub(trigger, "", text, count=1, flags=re.DOTALL)


DEFECTS = (
    Defect("no trigger on delete", "tasks.minutes_spent differs", up=_without_trigger("delete")),
    Defect("no trigger on update", "tasks.minutes_spent differs", up=_without_trigger("update")),
    Defect(
        "no trigger at all",
        "tasks.minutes_spent differs",
        actual=table_edit("tasks", lambda table: table.with_(derived_columns=())),
    ),
)
