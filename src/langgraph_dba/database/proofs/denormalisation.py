"""A value that is kept twice stays equal to what it is copied from, and is worth its keep.

At 5,000 rows a table, then again after random writes to the rows it is computed from (added, changed, moved to another
row, deleted; the same seed gives the same writes): the copy equals the query for every row. Reading it must cost less
than two thirds of the query's work, or nothing is won by keeping it.
"""

import random
import re
from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.ddl.derived_columns import derived_expression
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import DerivedColumn, Schema, Table
from langgraph_dba.database.proofs.kit.defect import Defect, TextEdit, table_edit
from langgraph_dba.database.proofs.kit.index_probe import ROWS, filled
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a value that is kept twice equals what it is copied from after any write, and is cheaper to read"
CAPABILITY = "Normalization Strategy: denormalisation considered"
NEEDS = ()
_WRITES = 80
_WORTH = 1.5
_LISTED = 50


def obstacle(subject: Subject) -> str:
    """Say that nothing is kept twice."""
    return "" if list(_copies(subject.schema)) else "no value is kept twice"


def _copies(schema: Schema) -> Iterator[tuple[Table, DerivedColumn]]:
    return ((table, copied) for table in schema.tables for copied in table.derived_columns)


def run(subject: Subject) -> CheckResult:
    """Compare, write at random, compare again, and weigh the two ways of reading."""
    failures: list[str] = []
    numbers: dict[str, Any] = {}
    with filled(subject) as (_, connection):
        for table, copied in _copies(subject.schema):
            name = f"{table.name}.{copied.column}"
            failures += _compared(connection, subject, table, copied, "as filled")
            writes = _written(connection, subject, copied)
            failures += _compared(connection, subject, table, copied, "after the writes")
            ratio = _ratio(connection, subject, table, copied)
            numbers[name] = {"writes": writes, "query's work over the copy's": round(ratio, 2)}
            if ratio < _WORTH:
                failures.append(
                    f"{name} is no cheaper to read than its query ({ratio:.1f} times): it is not worth keeping"
                )
    summary = f"{len(numbers)} copied values equal their query before and after {_WRITES} random writes at {ROWS} rows"
    return CheckResult(tuple(failures), summary, numbers, strength="measured")


def _compared(
    connection: Connection, subject: Subject, table: Table, copied: DerivedColumn, when: str
) -> Iterator[str]:
    names = subject.names
    differs = f"{names.column(table, copied.column, 'p')} <> {derived_expression(table, copied, subject.schema, names)}"
    first = names.column(table, table.primary_key[0], "p")
    found = connection.run(f"SELECT count(*), min({first}) FROM {names.table(table)} p WHERE {differs}")
    count, first = found.rows[0]
    if count:
        yield f"{table.name}.{copied.column} differs from its query in {count} rows {when}, first in row {first}"


def _written(connection: Connection, subject: Subject, copied: DerivedColumn) -> dict[str, int]:
    """Write at random to the rows a copy is made of; what a rule of theirs refuses is not counted."""
    source, names = subject.schema.table(copied.source), subject.names
    dice, done = random.Random(7), dict.fromkeys(("added", "changed", "moved", "deleted"), 0)  # noqa: S311
    identities = f"SELECT {names.column(source, source.primary_key[0])} FROM {names.table(source)} ORDER BY 1"
    places = [row[0] for row in connection.run(identities).rows]
    for _ in range(_WRITES):
        kind, place = dice.choice(list(done)), dice.choice(places)
        try:
            done[kind] += connection.run(_statement(kind, subject, copied, dice), {"place": place}).affected_rows
        except Rejected:
            continue
    return done


def _statement(kind: str, subject: Subject, copied: DerivedColumn, dice: random.Random) -> str:
    source, names = subject.schema.table(copied.source), subject.names
    key = next(key for key in source.foreign_keys if key.name == copied.key)
    table, identity = names.table(source), names.column(source, source.primary_key[0])
    own = names.column(source, source.own_key_columns(key)[0])
    where = f"WHERE {identity} = :place"
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
    """The work of the query over that of the copy, both for the same rows of the table."""
    names = subject.names
    listed = f"FROM {names.table(table)} p ORDER BY {names.column(table, table.primary_key[0], 'p')} LIMIT {_LISTED}"
    kept = connection.work(f"SELECT {names.column(table, copied.column, 'p')} {listed}")
    asked = connection.work(f"SELECT {derived_expression(table, copied, subject.schema, names)} {listed}")
    return asked / max(kept, 1)


def _deaf_to(event: str) -> TextEdit:
    trigger = rf"CREATE TRIGGER \w+_{event}\b.*?(?:END;|\(\);|;(?=\n))"
    return lambda text: re.sub(trigger, "", text, count=1, flags=re.DOTALL)


DEFECTS = (
    Defect("deleted rows go on counting", "tasks.minutes_spent differs", up=_deaf_to("delete")),
    Defect("moved rows count where they were", "tasks.minutes_spent differs", up=_deaf_to("update")),
    Defect(
        "nothing keeps the copy",
        "tasks.minutes_spent differs",
        made=table_edit("tasks", lambda table: table.with_(derived_columns=())),
    ),
)
