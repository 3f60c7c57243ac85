"""Values come back as they went in, and what does not fit is refused.

Boundary values round-trip in every column and values just beyond are refused; money adds up exactly; one instant is the
same from two time zones; checks and NOT NULL refuse what they name; texts that differ in a letter's case, its accent or
a blank at the end are different.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from langgraph_dba.database.data.sample import Row, Sample
from langgraph_dba.database.data.scenarios import run_scenario, scenarios
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Connection, Rejected
from langgraph_dba.database.model.schema import Column, Range, Table
from langgraph_dba.database.proofs.kit.boundaries import beyond, within
from langgraph_dba.database.proofs.kit.defect import (
    Defect,
    column_edit,
    column_type,
    without_check,
)
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "boundary values round-trip, overflow is refused, money is exact, an instant is one moment in every time zone"
CAPABILITY = "Data Type Selection"
NEEDS = ()
_ZONES = ("Asia/Kolkata", "America/New_York")
_SPELLINGS = ("word", "Word", "wörd", "word ")
_ROWS = 8  # 0.10 added eight times is not 0.80 in binary floating point


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Try every column of every table that the sample fills."""
    sample = Sample(subject.schema, rows=_ROWS)
    with subject.loaded(sample) as (_, connection):
        prober = _Prober(subject, sample, connection)
        failures = [
            wrong for table in subject.schema.tables if sample.count(table.name) for wrong in prober.table(table)
        ]
        rules = [s for s in scenarios(subject.schema, sample, subject.traits) if s.topic in ("required", "check")]
        failures += [wrong for scenario in rules if (wrong := run_scenario(connection, scenario))]
    numbers = {**prober.tried, "rules": len(rules)}
    summary = ", ".join(f"{count} {what}" for what, count in numbers.items())
    return CheckResult(tuple(failures), summary, numbers)


class _Prober:
    def __init__(self, subject: Subject, sample: Sample, connection: Connection) -> None:
        self.traits, self.names, self.sample, self.connection = subject.traits, subject.names, sample, connection
        self.tried = {"round trips": 0, "overflows": 0, "sums": 0, "instants": 0, "spellings": 0}

    def table(self, table: Table) -> Iterator[str]:
        referring = {column for key in table.foreign_keys for column in key.columns} | set(table.primary_key)
        for column in table.columns:
            if column.name in referring or column.name == table.tenant_column:
                continue
            yield from self.round_trips(table, column)
            yield from self.overflows(table, column)
            if column.type.name in ("string", "text") and _alone_unique(table, column.name):
                yield from self.letters(table, column)
            if column.type.name == "decimal":
                yield from self.sums(table, column)
            if column.type.name == "instant" and self.traits.sessions_have_time_zones:
                yield from self.zones(table, column)

    def round_trips(self, table: Table, column: Column) -> Iterator[str]:
        for value in within(column, self._range(table, column)):
            expected = to_engine_value(value, column.type, self.traits)
            answer = self._insert_and_read(table, column, expected)
            if isinstance(answer, Rejected):
                # an order between two columns speaks here, not the type
                if answer.kind == "check" and answer.constraint in _orders(table):
                    continue
                self.tried["round trips"] += 1
                yield f"{table.name}.{column.name} refuses {value!r}: {answer}"
                continue
            self.tried["round trips"] += 1
            if not _same(answer, expected):
                yield f"{table.name}.{column.name} gives {answer!r} for {expected!r}"

    def overflows(self, table: Table, column: Column) -> Iterator[str]:
        for value in beyond(column, self.traits):
            self.tried["overflows"] += 1
            answer = self._insert_and_read(table, column, value)
            if not isinstance(answer, Rejected):
                yield f"{table.name}.{column.name} takes {value!r} and gives {answer!r}"

    def letters(self, table: Table, column: Column) -> Iterator[str]:
        """Spellings that are not the same must not be taken for it: what is unique would refuse them."""
        steps = []
        for number, word in enumerate(_SPELLINGS):
            row = self.sample.row(table, 1, self.sample.count(table.name) + number) | {column.name: word}
            values = {name: to_engine_value(value, table.column(name).type, self.traits) for name, value in row.items()}
            steps.append(self._insert(table, values))
        self.tried["spellings"] += len(steps)
        answer = self.connection.attempt(*steps)
        if isinstance(answer, Rejected) and answer.kind == "unique":
            yield f"{table.name}.{column.name} takes two of {', '.join(map(repr, _SPELLINGS))} for the same: {answer}"

    def sums(self, table: Table, column: Column) -> Iterator[str]:
        tenth = Decimal("0.1") + (self._range(table, column)[0] or 0)
        name, of = self.names.table(table), self.names.column(table, column.name)
        rows = self.connection.run(f"SELECT count(*) FROM {name}").scalar
        exact = to_engine_value(tenth * rows, column.type, self.traits)
        update = f"UPDATE {name} SET {of} = :tenth"
        answer = self.connection.attempt(
            (update, {"tenth": to_engine_value(tenth, column.type, self.traits)}),
            (f"SELECT sum({of}) FROM {name}", {}),
        )
        if isinstance(answer, Rejected):
            return  # a unique or bounded amount cannot be the same in every row
        self.tried["sums"] += 1
        if not _same(answer.scalar, exact):
            yield f"{rows} times {tenth} in {table.name}.{column.name} add up to {answer.scalar!r}, not {exact!r}"

    def zones(self, table: Table, column: Column) -> Iterator[str]:
        self.tried["instants"] += 1
        row = self._fresh(table)
        moment = row[column.name]
        here, there = (("SELECT set_config('TimeZone', :zone, true)", {"zone": zone}) for zone in _ZONES)
        answer = self.connection.attempt(here, self._insert(table, row), there, self._read(table, column, row))
        if isinstance(answer, Rejected):
            yield f"{table.name}.{column.name} refuses an instant: {answer}"
        elif answer.scalar is None or getattr(answer.scalar, "tzinfo", None) is None or answer.scalar != moment:
            yield f"{moment} written to {table.name}.{column.name} in {_ZONES[0]} is {answer.scalar} in {_ZONES[1]}"

    def _insert_and_read(self, table: Table, column: Column, value: Any) -> Any:
        row = self._fresh(table) | {column.name: value}
        answer = self.connection.attempt(self._insert(table, row), self._read(table, column, row))
        return answer if isinstance(answer, Rejected) else answer.scalar

    def _fresh(self, table: Table) -> Row:
        row = self.sample.row(table, 1, self.sample.count(table.name))
        return {name: to_engine_value(value, table.column(name).type, self.traits) for name, value in row.items()}

    def _insert(self, table: Table, row: Row) -> tuple[str, Row]:
        return self.names.insertion(table, row), row

    def _read(self, table: Table, column: Column, row: Row) -> tuple[str, Row]:
        read = f"SELECT {self.names.column(table, column.name)} FROM {self.names.table(table)}"
        return f"{read} WHERE {self.names.equal(table, table.primary_key)}", {k: row[k] for k in table.primary_key}

    def _range(self, table: Table, column: Column) -> tuple[Decimal | None, Decimal | None]:
        found = (c for c in table.meanings if isinstance(c, Range) and c.column == column.name)
        return next(((check.low, check.high) for check in found), (None, None))


def _alone_unique(table: Table, column: str) -> bool:
    """Whether a column keeps rows apart by itself, within a tenant at most."""
    own = {column, table.tenant_column}
    return any(column in unique.columns and set(unique.columns) <= own for unique in table.uniques)


def _orders(table: Table) -> set[str]:
    return {check.name for check in table.meanings if check.kind == "ordered"}


def _same(answer: Any, expected: Any) -> bool:
    """Equal in value and in kind: 80.0 is not 80 where an integer of minor units was asked for."""
    if isinstance(expected, str) and isinstance(answer, dict | list):
        return bool(json.loads(expected) == answer)
    if type(answer).__name__ == "UUID":
        return bool(str(answer) == expected)
    return type(answer) is type(expected) and bool(answer == expected)


DEFECTS = (
    Defect("money is a float", "budget", made=column_type("projects", "budget", "float")),
    Defect(
        "an amount has too few digits",
        "budget",
        made=column_type("projects", "budget", "decimal", precision=8, scale=2),
    ),
    Defect(
        "an instant has no zone",
        "started_at",
        made=column_type("time_entries", "started_at", "local-datetime"),
        needs=("native_temporal", "zoned_instants"),
    ),
    Defect("an instant may be any text", "created_at", made=column_type("users", "created_at", "text")),
    Defect("a text is too short", "title", made=column_type("tasks", "title", "string", length=20)),
    Defect("a text has no bound", "title", made=column_type("tasks", "title", "text")),
    Defect("a date may be any text", "due_on", made=column_type("tasks", "due_on", "text")),
    Defect("a check is gone", "tasks.status is one of", made=without_check("tasks", "tasks_status_check")),
    Defect("a bound is gone", "minutes", made=without_check("time_entries", "time_entries_minutes_check")),
    Defect(
        "letters are not told apart",
        "for the same",
        up=lambda text: text.replace("utf8mb4_nopad_bin", "utf8mb4_general_ci"),
        needs=("collation",),
    ),
    Defect("NOT NULL is gone", "tasks.title", made=column_edit("tasks", "title", nullable=True)),
)
