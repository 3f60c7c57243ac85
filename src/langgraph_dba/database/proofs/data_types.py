"""Every column returns stored values unchanged and refuses values outside of its type.

Boundary values round-trip in every column, and values just outside of the range are refused. Sums of decimals are
exact. An instant is the same moment when two sessions with different time zones write and read it. Checks and NOT NULL
refuse what they declare. Texts that differ in case, in an accent or in a trailing blank are different.

In a database that exists, what a column should hold is known by its type and name only. A float that is money by its
name is refuted by a sum that is not exact. A column of a type without a model here must store what it returns as the
same value, and refuse a word or store it unchanged. If some columns were not tried, the proof is not run and names
them: types of which no such value is known, tables that were not filled, that have triggers or no key, moments without
a zone, and dates stored as text.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from langgraph_dba.database.data.sample import Row, Sample
from langgraph_dba.database.data.scenario_builder import scenarios
from langgraph_dba.database.data.scenarios import Step, has_code, room_for, run_scenario
from langgraph_dba.database.ddl.business_rules.registry import rule_names
from langgraph_dba.database.ddl.type_mapping import to_engine_value
from langgraph_dba.database.engines import Connection, QueryResult, Rejected
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import ENFORCED, CountRule, TotalRule
from langgraph_dba.database.model.schema import Column, Condition, Range, Table
from langgraph_dba.database.proofs.kit.boundaries import boundary_values, out_of_range_values
from langgraph_dba.database.proofs.kit.defect import (
    Defect,
    column_edit,
    column_type,
    without_check,
)
from langgraph_dba.database.proofs.kit.native_trial import is_native_tried, native_trials
from langgraph_dba.database.proofs.kit.not_enforced import not_enforced
from langgraph_dba.database.proofs.kit.shown_values import shown
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.database.proofs.kit.unjudged_columns import is_tried, unjudged_columns
from langgraph_dba.database.rules.kit.vocabulary import is_money
from langgraph_dba.evidence import CheckResult

CLAIM = "boundary values round-trip, overflow is refused, money is exact, an instant is one moment in all time zones"
CAPABILITY = "Data Type Selection"
NEEDS = ()
_ZONES = ("Asia/Kolkata", "America/New_York")
# one for each difference that a collation can ignore: case, accent, trailing blank
_SPELLINGS = ("word", "Word", "wörd", "word ")
_ROWS = 8  # the sum of eight times 0.10 is not 0.80 in binary floating point


def obstacle(_: Subject) -> str:
    """Return an empty text: the proof applies to every schema."""
    return ""


def run(subject: Subject) -> CheckResult:
    """Check every column of every table that has rows in the sample."""
    sample = Sample(subject.schema, rows=_ROWS)
    with subject.loaded(sample) as (_, connection):
        prober = _Prober(subject, sample, connection)
        failures = [
            failure for table in subject.schema.tables if sample.count(table.name) for failure in prober.table(table)
        ]
        optional = {
            f"{t.name}.{c.name}" for t in (subject.declared or subject.schema).tables for c in t.columns if c.nullable
        }
        rules = [
            scenario
            for scenario in scenarios(subject.schema, sample, subject.traits)
            # a nullable column can be filled in every row, for a check over several columns
            if (scenario.topic == "check" or (scenario.topic == "required" and scenario.rule not in optional))
        ]
        designed = subject.is_designed
        results = [run_scenario(connection, scenario, subject.schema, is_designed=designed) for scenario in rules]
        failures += [result for result in results if result]
        failures += [f"{one}: every row is accepted" for one in not_enforced(subject.schema, "CHECK")]
    numbers = {**prober.counts, "rules": sum(result is not None for result in results)}
    summary = ", ".join(f"{count} {what}" for what, count in numbers.items())
    summary += _without_zone(subject)
    untried = "" if any(numbers.values()) else "no column has a type or a rule whose limits are known here"
    # a design's column of another type than declared is refuted by its values, whatever its name is
    untried = untried or ("" if subject.is_designed else _not_judged(subject, prober.judged))
    return CheckResult(tuple(failures), summary, numbers, untried=untried)


def _without_zone(subject: Subject) -> str:
    """Return which columns of a database that exists hold a date and time without a zone."""
    if subject.is_designed or not subject.traits.sessions_have_time_zones:
        return ""
    names = [f"{t.name}.{c.name}" for t in subject.schema.tables for c in t.columns if c.type.name == "local-datetime"]
    return f"; without a zone, so no moment is judged: {', '.join(names)}" if names else ""


def _not_judged(subject: Subject, judged: set[tuple[str, str]]) -> str:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in unjudged_columns(subject.schema, judged, subject.traits):
        by_reason[reason].append(name)
    parts = [f"{len(names)} columns {reason} ({', '.join(names)})" for reason, names in by_reason.items()]
    if subject.left_out:
        parts.append(f"the tables that could not be filled ({', '.join(subject.left_out)})")
    return f"not judged: {'; '.join(parts)}" if parts else ""


class _Prober:
    def __init__(self, subject: Subject, sample: Sample, connection: Connection) -> None:
        self.traits, self.names, self.sample, self.connection = subject.traits, subject.names, sample, connection
        self.schema, self.is_designed = subject.schema, subject.is_designed
        self.judged: set[tuple[str, str]] = set()
        self.rules = rule_names(self.schema)
        self.ruled: dict[str, set[str]] = defaultdict(set)  # columns by table that business rules compare
        for rule in self.schema.rules:
            if isinstance(rule, ENFORCED):
                self.ruled[rule.table] |= rule.named_columns
            if isinstance(rule, CountRule | TotalRule):
                self.ruled[rule.target] |= set(rule.target_columns)
        self.counts = {"round trips": 0, "overflows": 0, "sums": 0, "instants": 0, "spellings": 0}

    def table(self, table: Table) -> Iterator[str]:
        # a trigger may store another value; without a key, the new row cannot be read
        if has_code(table, self.schema) or not table.row_key:
            return
        for column in table.columns:
            if not is_tried(table, column):
                continue
            yield from self.round_trips(table, column)
            yield from self.overflows(table, column)
            if is_native_tried(column, self.traits):
                yield from self.natives(table, column)
            # which letters are equal is the choice of the owner of a database that exists
            if self.is_designed and column.type.name in ("string", "text") and _is_unique_alone(table, column.name):
                yield from self.letters(table, column)
            if self._is_inexact(column):
                yield from self.amounts(table, column) if is_money(column.name, table) else ()
            elif column.type.name == "decimal" and precision_of(column.type)[1] > 0:
                yield from self.sums(table, column)
            if column.type.name == "instant" and self.traits.sessions_have_time_zones:
                yield from self.zones(table, column)

    def round_trips(self, table: Table, column: Column) -> Iterator[str]:
        if column.type.native:
            return  # its range is the engine's, not that of the logical type
        values = boundary_values(column, self._range(table, column), any_characters=self.is_designed)
        for value in values:
            expected = to_engine_value(value, column.type, self.traits)
            answer = self._insert_and_read(table, column, expected, self._new_row(table, {column.name: value}))
            if isinstance(answer, Rejected):
                if self._is_undecided(answer, table, column):
                    continue
                self._count("round trips", table, column)
                yield f"{table.name}.{column.name} refuses {shown(value)}: {answer}"
                continue
            self._count("round trips", table, column)
            if not _is_same(answer, expected):
                yield f"{table.name}.{column.name} returns {shown(answer)} for {shown(expected)}"

    def _is_undecided(self, refusal: Rejected, table: Table, column: Column) -> bool:
        """Return whether something else than the type refuses a boundary value."""
        # an amount can break the bound of its sum, which is a check of another table
        totals = (rule for rule in self.schema.rules if isinstance(rule, TotalRule) and rule.table == table.name)
        is_summed = any(column.name in (rule.sums, *(one.column for one in rule.subtracts)) for rule in totals)
        own = {check.name for check in table.checks}
        is_foreign = is_summed and refusal.kind == "check" and refusal.constraint not in own
        is_of_rule = refusal.kind in ("unique", "trigger") or refusal.constraint in self.rules or is_foreign
        if column.name in self.ruled[table.name] and is_of_rule:
            return True
        if refusal.kind == "unique" and any(column.name in key and len(key) > 1 for _, key in table.unique_sets):
            return True  # another row of the sample has the value together with the same other ones
        # the check that orders two columns refuses the value, not the type
        is_other_check = refusal.kind == "check" and refusal.constraint in _other_checks(table)
        # the type was read from the database that exists; its checks, generated columns and indexes refuse values too
        return is_other_check or refusal.kind == "syntax" or not self.is_designed

    def overflows(self, table: Table, column: Column) -> Iterator[str]:
        for value in () if column.type.native else out_of_range_values(column, self.traits):
            self._count("overflows", table, column)
            answer = self._insert_and_read(table, column, value)
            if not isinstance(answer, Rejected):
                yield f"{table.name}.{column.name} accepts {shown(value)} and returns {shown(answer)}"

    def natives(self, table: Table, column: Column) -> Iterator[str]:
        valid = self._new_row(table)[column.name]
        for what, failure in native_trials(column, valid, lambda value: self._insert_and_read(table, column, value)):
            self._count(what, table, column)
            if failure:
                yield f"{table.name}.{column.name} {failure}"

    def letters(self, table: Table, column: Column) -> Iterator[str]:
        """Insert different spellings into a unique column: a collation that ignores a difference refuses one."""
        steps = []
        for number, word in enumerate(_SPELLINGS):
            row = self.sample.row(table, 1, self.sample.count(table.name) + number) | {column.name: word}
            values = {name: to_engine_value(value, table.column(name).type, self.traits) for name, value in row.items()}
            steps.append(self._insert(table, values))
        self.counts["spellings"] += len(steps)
        answer = self._attempt(table, *steps)
        if isinstance(answer, Rejected) and answer.constraint in _own_keys(table, column.name):
            yield f"{table.name}.{column.name} compares two of {', '.join(map(repr, _SPELLINGS))} as equal: {answer}"

    def sums(self, table: Table, column: Column) -> Iterator[str]:
        # 0.1 has no exact binary form; the lower bound is added so that a check on the column accepts the value
        tenth = Decimal("0.1") + (self._range(table, column)[0] or 0)
        name, cell = self.names.table(table), self.names.column(table, column.name)
        rows = self.connection.run(f"SELECT count(*) FROM {name}").scalar
        exact = to_engine_value(tenth * rows, column.type, self.traits)
        update = f"UPDATE {name} SET {cell} = :tenth"
        answer = self.connection.attempt(
            (update, {"tenth": to_engine_value(tenth, column.type, self.traits)}),
            (f"SELECT sum({cell}) FROM {name}", {}),
        )
        if isinstance(answer, Rejected):
            return  # a unique constraint or a check refuses the same amount in every row
        self._count("sums", table, column)
        if not _is_same(answer.scalar, exact):
            total = f"{shown(answer.scalar)}, not {shown(exact)}"
            yield f"{rows} times {tenth} in {table.name}.{column.name} add up to {total}"

    def _is_inexact(self, column: Column) -> bool:
        """Return whether a column stores binary fractions: a native decimal of SQLite does."""
        is_native_decimal = column.type.name == "decimal" and bool(column.type.native)
        return column.type.name == "float" or (is_native_decimal and not self.traits.exact_decimals)

    def amounts(self, table: Table, column: Column) -> Iterator[str]:
        """Add amounts of a column that is money by its name, and stores binary fractions."""
        name, cell = self.names.table(table), self.names.column(table, column.name)
        rows = int(self.connection.run(f"SELECT count(*) FROM {name}").scalar)
        low = self._range(table, column)[0] or 0
        for amount in (Decimal(cents).scaleb(-1) + low for cents in (1, 7, 11)):
            answer = self.connection.attempt(
                (f"UPDATE {name} SET {cell} = :amount", {"amount": float(amount)}),
                (f"SELECT sum({cell}), min({cell}) + min({cell}) + min({cell}) FROM {name}", {}),
            )
            if isinstance(answer, Rejected):
                continue
            for times, total in zip((rows, 3), answer.rows[0], strict=True):
                if Decimal(str(total)) != times * amount:
                    self._count("sums", table, column)
                    sum_ = f"{times} times {amount} in {table.name}.{column.name} add up to {total}"
                    yield f"{sum_}, not {times * amount}: by its name it is money, and a binary fraction is not exact"
                    return

    def _count(self, what: str, table: Table, column: Column) -> None:
        self.counts[what] += 1
        self.judged.add((table.name, column.name))

    def zones(self, table: Table, column: Column) -> Iterator[str]:
        row = self._new_row(table)
        moment = row[column.name]
        here, there = (("SELECT set_config('TimeZone', :zone, true)", {"zone": zone}) for zone in _ZONES)
        answer = self._attempt(table, here, self._insert(table, row), there, self._read(table, column, row))
        if isinstance(answer, Rejected):
            if not self._is_undecided(answer, table, column):
                yield f"{table.name}.{column.name} refuses an instant: {answer}"
            return
        self._count("instants", table, column)
        if answer.scalar is None or getattr(answer.scalar, "tzinfo", None) is None or answer.scalar != moment:
            yield f"{moment} written to {table.name}.{column.name} in {_ZONES[0]} is {answer.scalar} in {_ZONES[1]}"

    def _attempt(self, table: Table, *steps: Step) -> QueryResult | Rejected:
        return self.connection.attempt(*room_for(table, self.schema, self.names), *steps)

    def _insert_and_read(self, table: Table, column: Column, value: Any, row: Row | None = None) -> Any:
        row = (row or self._new_row(table)) | {column.name: value}
        answer = self._attempt(table, self._insert(table, row), self._read(table, column, row))
        return answer if isinstance(answer, Rejected) else answer.scalar

    def _new_row(self, table: Table, changes: Row | None = None) -> Row:
        """Return a new row in the engine's form, with changes that the business rules of the table follow."""
        row = self.sample.row(table, 1, self.sample.count(table.name))
        row |= self.sample.with_changes(table, 1, row, changes) if changes else {}
        return {name: to_engine_value(value, table.column(name).type, self.traits) for name, value in row.items()}

    def _insert(self, table: Table, row: Row) -> tuple[str, Row]:
        return self.names.insertion(table, row), row

    def _read(self, table: Table, column: Column, row: Row) -> tuple[str, Row]:
        read = f"SELECT {self.names.column(table, column.name)} FROM {self.names.table(table)}"
        return f"{read} WHERE {self.names.equal(table, table.row_key)}", {k: row[k] for k in table.row_key}

    def _range(self, table: Table, column: Column) -> tuple[Decimal | None, Decimal | None]:
        checks = (c for c in table.meanings if isinstance(c, Range) and c.column == column.name)
        return next(((check.low, check.high) for check in checks), (None, None))


def _is_unique_alone(table: Table, column: str) -> bool:
    """Return whether a column is unique by itself or within a tenant."""
    return bool(_own_keys(table, column))


def _own_keys(table: Table, column: str) -> set[str]:
    """Return how engines report the keys over a column alone or within a tenant: by name, SQLite by their columns."""
    own = {column, table.tenant_column}
    keys = [unique for unique in table.uniques if column in unique.columns and set(unique.columns) <= own]
    columns = (", ".join(f"{table.sql_name}.{table.column(name).sql_name}" for name in key.columns) for key in keys)
    return {*(key.name for key in keys), *columns}


def _other_checks(table: Table) -> set[str]:
    """Return the checks that may refuse a boundary value although the type allows it."""
    return {check.name for check in table.meanings if check.kind == "ordered"} | {
        check.name for check in table.checks if isinstance(check, Condition)
    }


def _is_same(answer: Any, expected: Any) -> bool:
    """Return whether value and type are equal: the float 80.0 is not the integer 80 (an amount in minor units)."""
    if isinstance(expected, str) and isinstance(answer, dict | list):
        return bool(json.loads(expected) == answer)
    # drivers return uuid.UUID or text, depending on the engine
    if type(answer).__name__ == "UUID":
        return bool(str(answer) == expected)
    return type(answer) is type(expected) and bool(answer == expected)


DEFECTS = (
    Defect("an amount of money is a float", "budget", actual=column_type("projects", "budget", "float")),
    Defect(
        "an amount has too few digits",
        "budget",
        actual=column_type("projects", "budget", "decimal", precision=8, scale=2),
    ),
    Defect(
        "an instant has no zone",
        "started_at",
        actual=column_type("time_entries", "started_at", "local-datetime"),
        needs=("native_temporal", "zoned_instants"),
    ),
    Defect("an instant accepts any text", "created_at", actual=column_type("users", "created_at", "text")),
    Defect("a text is too short", "title", actual=column_type("tasks", "title", "string", length=20)),
    Defect("a text has no maximum length", "title", actual=column_type("tasks", "title", "text")),
    Defect("a date accepts any text", "due_on", actual=column_type("tasks", "due_on", "text")),
    Defect("a check is missing", "tasks.status is one of", actual=without_check("tasks", "tasks_status_check")),
    Defect("a range check is missing", "minutes", actual=without_check("time_entries", "time_entries_minutes_check")),
    Defect(
        "the collation ignores case",
        "as equal",
        up=lambda text: text.replace("utf8mb4_nopad_bin", "utf8mb4_general_ci"),
        needs=("collation",),
    ),
    Defect("NOT NULL is missing", "tasks.title", actual=column_edit("tasks", "title", nullable=True)),
)
