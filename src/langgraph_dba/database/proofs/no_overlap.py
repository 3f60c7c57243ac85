"""The periods of no two rows overlap that a business rule keeps apart.

Each rule of the form `no-overlap` is tried with rows of a sample. Allowed: a period that begins when another one ends,
the same period in a row that differs in one of the columns or that is outside of the rule's scope, and the period of a
deleted row again. Refused: a period that overlaps another one on either side, within it, around it and in the whole, by
INSERT, by one INSERT of two rows, by REPLACE on SQLite, by UPDATE of each bound and each column, and by bringing a row
into the scope; a period that ends before it starts. Two transactions insert overlapping periods, and insert one while
the other moves a row, at the same time: in each order, at the default isolation level and the next one; the rows that
are left decide.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from langgraph_dba.database.data.rule_rows import Row, later, overlap, stepped
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.model.business_rules import HoldsRule, NoOverlapRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "the periods that a business rule keeps apart do not overlap, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, periods"
NEEDS = ()
_FORM = "no-overlap"
_LENGTHS = (3, 4, 2, 1)  # of periods, unless other rules fix it
_DAY = 24 * 60
_AREA = 7  # so many lengths are between the beginnings of two periods that have nothing to do with each other


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, _FORM)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, (_FORM,), _cases)


def _cases(rule: NoOverlapRule, rows: RuleRows) -> RuleCases | None:
    found = (_Trial(rule, rows, length) for length in _lengths(rule, rows))
    trial = next((one for one in found if one.row(0, one.length) is not None), None)
    first = trial.row(0, trial.length) if trial else None
    if trial is None or first is None:
        return None
    trial.key = {name: first[name] for name in rule.columns}
    trial.store(first)
    _add_inserts(trial)
    _add_updates(trial)
    _add_other_keys(trial, first)
    _add_others_in_scope(trial)
    _add_reuse(trial)
    _add_replacements(trial, first)
    return RuleCases(tuple(trial.allowed), tuple(trial.violations), tuple(_races(trial)), _broken(rule, rows))


def _lengths(rule: NoOverlapRule, rows: RuleRows) -> Iterator[int]:
    """Yield lengths of periods: the usual ones, and those that other rules name."""
    yield from _LENGTHS
    start = _origin(rule, rows)
    step = stepped(start, rows.table.column(rule.starts).type, 1)
    tests = (test for one in rows.rules if isinstance(one, HoldsRule) for test in one.that)
    for test in tests:
        if test.plus and {test.column, test.other} == {rule.starts, rule.ends} and step is not None:
            length = int(_since(start, later(start, test.plus)) / _since(start, step))
            yield from (length, length + 1, length - 1)


def _origin(rule: NoOverlapRule, rows: RuleRows) -> Any:
    """Return the beginning of the first period: within a day, with room on both sides."""
    if rows.table.column(rule.starts).type.name == "time":
        return dt.time(9)
    return next(one for one in rows.others(rule.starts) if one is not None)


def _since(start: Any, end: Any) -> Any:
    if isinstance(start, dt.time):
        day = dt.date(2000, 1, 1)
        return dt.datetime.combine(day, end) - dt.datetime.combine(day, start)
    return end - start


@dataclass
class _Trial:
    """The cases of one rule. Bounds are numbers of days, or of minutes, from the first period of the sample on."""

    rule: NoOverlapRule
    rows: RuleRows
    length: int
    key: Row = field(default_factory=dict)
    allowed: list[Transaction] = field(default_factory=list)
    violations: list[Transaction] = field(default_factory=list)
    stored: list[Row] = field(default_factory=list)
    _areas: int = 0

    def allow(self, *steps: Any) -> None:
        """Add a transaction that must be accepted."""
        self.allowed.append(steps)

    def store(self, row: Row) -> None:
        """Add the insert of a row that stays, unless it overlaps one: other rules may decide how long it is."""
        if not self.overlaps_stored(row):
            self.allow(*self.rows.written(row))
            self.stored.append(row)

    def refuse(self, row: Row | None) -> None:
        """Add the insert of a row that overlaps one that is stored."""
        if row is not None and self.overlaps_stored(row):
            self.violations.append(self.rows.written(row))

    def area(self) -> int:
        """Return a place at which no other case has periods."""
        self._areas += 1
        return self._areas * _AREA * self.length

    def bounds(self, start: int, end: int) -> Row:
        """Return the columns of the period from `start` to before `end`."""
        last = end - 1 if self.rule.last_included else end
        return {self.rule.starts: self._at(start), self.rule.ends: self._at(last)}

    def row(self, start: int, end: int, key: Row | None = None) -> Row | None:
        """Return a new row that the rule compares with others, None if other rules of the table refuse it."""
        rule, rows = self.rule, self.rows
        values = self.bounds(start, end) | (self.key if key is None else key)
        row = rows.meeting(rule.where, rows.new(values), tuple(values))
        if row is None or any(row[name] is None for name in rule.columns):
            present = {n: next(iter(rows.others(n)), None) for n in rule.columns if n not in values}
            row = rows.meeting(rule.where, rows.new(present | values), tuple(values))
        row = self.beside_others(row, values) if row is not None else None
        if row is not None:
            decided = (name for test in rule.where for name in test.columns)
            row = rows.apart(row, self.stored, (*values, *decided))
        return row if row is not None and self.is_compared(row, values) else None

    def beside_others(self, row: Row, values: Row) -> Row | None:
        """Return the row with another key of other rules about periods, if it overlaps a stored row there."""
        for rule in self._other_periods():
            free = [name for name in rule.columns if name not in {*values, *self.rule.named_columns}]
            choices = ({name: value} for name in free for value in self.rows.others(name))
            candidates = (row | choice for choice in ({}, *choices))
            found = next((one for one in candidates if not self._overlaps(rule, one)), None)
            if found is None:
                return None
            row = found
        return row

    def _other_periods(self) -> list[NoOverlapRule]:
        periods = (one for one in self.rows.schema.rules if isinstance(one, NoOverlapRule))
        return [one for one in periods if one.table == self.rule.table and one.id != self.rule.id]

    def overlaps_stored(self, row: Row) -> bool:
        """Return whether the rule refuses a row beside those that are stored."""
        return self._overlaps(self.rule, row)

    def _overlaps(self, rule: NoOverlapRule, row: Row) -> bool:
        """Return whether a row overlaps a stored one by a rule."""
        return any(overlap(rule, row, one, self.rows.table) for one in self._others(row))

    def _others(self, row: Row) -> list[Row]:
        """Return the stored rows with another key than a row."""
        key = self.rows.table.row_key
        return [one for one in self.stored if any(one[name] != row[name] for name in key)]

    def is_compared(self, row: Row, values: Row) -> bool:
        """Return whether a row has these values and a whole key, and breaks no other rule of the table."""
        is_whole = all(row[name] is not None for name in self.rule.columns)
        is_possible = is_whole and bool(row == row | values) and self.rows.is_possible(row)
        return is_possible and not self.breaks_another(row)

    def breaks_another(self, row: Row) -> bool:
        """Return whether a row breaks another rule of the table, also together with the rows that are stored."""
        if any(self._overlaps(rule, row) for rule in self._other_periods()):
            return True
        return self.rows.clashes(row, self._others(row)) or self.rows.breaks_check(row)

    def refuse_update(self, row: Row | None, changes: Row) -> None:
        """Add an update of a row that is inserted first, after which it overlaps one that is stored."""
        if row is None or not self.may_become(row, changes) or not self.overlaps_stored(row | changes):
            return
        if row not in self.stored:
            self.store(row)
        if row in self.stored:
            self.violations.append(self.changed(row, changes))

    def changed(self, row: Row, changes: Row) -> Transaction:
        """Return the statements by which the period or the key of a row changes."""
        over_paths = not changes.keys().isdisjoint(self.rule.copies)
        return self.rows.change(row, changes) if over_paths else self.rows.become(row, self._new(row, changes))

    def _new(self, row: Row, changes: Row) -> Row:
        """Return the row with changes, and with the copies of another row to which it refers then."""
        return self.rows.obeying_others(row | changes, *changes)

    def may_become(self, row: Row, changes: Row) -> bool:
        """Return whether nothing but the rule refuses the changes of a row."""
        new = self._new(row, changes)
        return bool(new == new | changes) and self.rows.is_possible(new) and not self.breaks_another(new)

    def _at(self, number: int) -> Any:
        type_ = self.rows.table.column(self.rule.starts).type
        origin = _origin(self.rule, self.rows)
        if isinstance(origin, dt.time):
            minute = 60 * origin.hour + origin.minute + number
            return dt.time(minute // 60, minute % 60) if 0 <= minute < _DAY else None
        return origin + number * (stepped(origin, type_, 1) - origin)


def _add_inserts(trial: _Trial) -> None:
    """Add periods beside the first one, and those that overlap it on each side, within it and around it."""
    length, rows = trial.length, trial.rows
    for start, end in ((length, 2 * length), (-length, 0)):
        if beside := trial.row(start, end):
            trial.store(beside)
    sides = ((-1, 1), (length - 1, length + 1), (1, 2), (-1, length + 1), (0, length))
    for start, end in (*sides, (-1, length - 1), (1, length + 1)):
        trial.refuse(trial.row(start, end))
    at = trial.area()
    one = trial.row(at, at + length)
    two = _overlapping(trial, one, at)
    if one and two:
        trial.violations.append(rows.written(one, two))
    backwards, new = trial.bounds(at + length, at), trial.row(at, at + length)
    if new and not trial.breaks_another(new | backwards):
        trial.violations.append(rows.written(new | backwards))


def _overlapping(trial: _Trial, one: Row | None, at: int) -> Row | None:
    """Return a row whose period overlaps that of another row, which begins at a place."""
    found = (trial.row(at + later, at + later + trial.length) for later in (1, 0))
    rule, table = trial.rule, trial.rows.table
    return next((two for two in found if two and one and overlap(rule, one, two, table)), None)


def _add_updates(trial: _Trial) -> None:
    """Add the changes of a period's beginning and end by which it overlaps its neighbour."""
    rule, length, at = trial.rule, trial.length, trial.area()
    early, late = trial.row(at, at + length), trial.row(at + 2 * length, at + 3 * length)
    if early is None or late is None:
        return
    trial.store(early)
    earlier = trial.bounds(at + length - 1, at + 3 * length)
    trial.refuse_update(late, {rule.starts: earlier[rule.starts]})
    if late in trial.stored:
        trial.refuse_update(early, {rule.ends: trial.bounds(at, at + 2 * length + 1)[rule.ends]})
    for start, end in ((at + 1, at + 2), (at + 1, at + length + 1)):
        trial.refuse_update(trial.row(at + 4 * length, at + 5 * length), trial.bounds(start, end))


def _add_other_keys(trial: _Trial, first: Row) -> None:
    """Add the same period with another value in each column, and the updates that move it to the first key."""
    for name in trial.rule.columns:
        for other in _other_keys(trial, name):
            row = trial.row(0, trial.length, other)
            if row is not None and not trial.overlaps_stored(row):
                trial.refuse_update(row, {name: first[name]})
                break


def _other_keys(trial: _Trial, name: str) -> Iterator[Row]:
    """Yield keys that differ in one column."""
    for value in (*trial.rows.others(name), trial.rows.new()[name]):
        if value is not None and value != trial.key[name]:
            yield trial.key | {name: value}


def _add_others_in_scope(trial: _Trial) -> None:
    """Add the same period in rows outside of the scope, and the updates that bring them into it."""
    rule, rows = trial.rule, trial.rows
    values = trial.key | trial.bounds(0, trial.length)
    for row in rows.all_outside(rule.where, values):
        outside = trial.beside_others(row, values)
        if outside is None or outside != outside | values or trial.breaks_another(outside):
            continue
        trial.store(outside)
        back = rows.meeting(rule.where, outside, tuple(values))
        if back is not None and (change := difference(outside, back)) and not trial.breaks_another(back):
            trial.violations.append(rows.change(outside, change))


def _add_reuse(trial: _Trial) -> None:
    """Add a row with the period of one that was deleted."""
    at, rows = trial.area(), trial.rows
    one, again = (trial.row(at, at + trial.length) for _ in range(2))
    if one and again:
        trial.allow(*rows.written(one), rows.delete(one), *rows.written(again), rows.delete(again))


def _add_replacements(trial: _Trial, first: Row) -> None:
    """Add REPLACE, if it runs no triggers of DELETE: of a row by itself, and with an overlapping row."""
    rows, other = trial.rows, trial.row(1, 2) or trial.row(1, trial.length + 1)
    if not rows.traits.replaces_unseen:
        return
    if again := rows.replacement(first, is_new=False):
        trial.allow(*again)
    if other and trial.overlaps_stored(other) and (overlapping := rows.replacement(other, is_new=True)):
        trial.violations.append(overlapping)


def _races(trial: _Trial) -> Iterator[Race]:
    at, rows, length = trial.area(), trial.rows, trial.length
    one = trial.row(at, at + length)
    two = _overlapping(trial, one, at)
    moved = trial.row(at + length + 2, at + 2 * length + 2)
    if one and two:
        yield Race("two inserts of overlapping periods", rows.written(one), rows.written(two))
    if one and moved:
        whole = trial.bounds(at + length - 1, at + 2 * length - 1)
        for changes in ({trial.rule.starts: whole[trial.rule.starts]}, whole):
            if trial.may_become(moved, changes) and overlap(trial.rule, one, moved | changes, rows.table):
                update, setup = trial.changed(moved, changes), rows.written(moved)
                yield Race("an insert, and an update into its period", rows.written(one), update, setup)
                return


def _broken(rule: NoOverlapRule, rows: RuleRows) -> str:
    """Return the query that counts the pairs of rows that overlap."""
    names, table = rows.names, rows.table
    a, b = rows.tests_of("a"), rows.tests_of("b")
    conditions = [f"{a.column(n)} = {b.column(n)}" for n in rule.columns]
    conditions += [sql.scope(rule.where) for sql in (a, b) if rule.where]
    conditions += [_begins_in_time(rule, one, other) for one, other in ((a, b), (b, a))]
    same = " AND ".join(f"{a.column(name)} = {b.column(name)}" for name in table.row_key)
    of = names.table(table)
    return f"SELECT count(*) FROM {of} a JOIN {of} b ON {' AND '.join(conditions)} WHERE NOT ({same})"


def _begins_in_time(rule: NoOverlapRule, one: TestsSql, other: TestsSql) -> str:
    """Return the condition that a period begins before another one ends; an absent bound is no bound."""
    starts, ends = one.column(rule.starts), other.column(rule.ends)
    sign = "<=" if rule.last_included else "<"
    return f"({starts} IS NULL OR {ends} IS NULL OR {starts} {sign} {ends})"


DEFECTS = (
    Defect("nothing enforces the rule", "away_once ('a specimen'): accepted", actual=without_mechanism("away_once")),
    Defect(
        "the condition of the rule is ignored",
        "refused, although it is allowed",
        actual=rule_edit("away_once", where=()),
    ),
    Defect(
        "a column of the rule is missing",
        "refused, although it is allowed",
        actual=rule_edit("away_once", columns=()),
    ),
    Defect(
        "the end belongs to the period",
        "refused, although it is allowed",
        actual=rule_edit("away_once", last_included=True),
        needs=("exclusion",),  # periods of the other engines end before their last column
    ),
)
