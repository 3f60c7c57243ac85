"""Rows of a rule over paths: each refers to new rows, so that any value of their columns can be tried."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from langgraph_dba.database.data.rule_rows import Row, breaks_check, meeting
from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.ddl.copied_columns import copied_value
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import (
    CountRule,
    EnforcedRule,
    HoldsRule,
    NoOverlapRule,
    OnlyOneRule,
    TotalRule,
)
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import Changes, Demanded, RuleRows, difference
from langgraph_dba.database.proofs.kit.interleavings import Step, Transaction


class ReferringRows(RuleRows):
    """New rows of a table with copied columns: a changed copy stands for a change of the row that is referred to."""

    def __init__(
        self,
        schema: Schema,
        sample: Sample,
        table: Table,
        rule: EnforcedRule,
        traits: Traits,
        *,
        demanded: Demanded | None = None,
        first: int = 0,
        loaded: Sequence[Row] = (),
    ) -> None:
        """Store what the rows depend on."""
        super().__init__(schema, sample, table, rule, traits, demanded=demanded, first=first, loaded=loaded)
        # those of the rule first: what other rules compare with them follows
        copies = sorted(table.copied_columns, key=lambda one: one.column not in rule.copies)
        keys = dict.fromkeys(table.foreign_key(one.key) for one in copies)
        # and those whose reference another row repeats before that row
        self.keys = tuple(sorted(keys, key=lambda key: not any(True for _ in self._repeated(key))))
        targets = {key.target: schema.table(key.target) for key in self.keys}
        self._held = {name: RuleRows(schema, sample, target, rule, traits) for name, target in targets.items()}
        self._filled = frozenset(table.copies) if traits.sql_templates.filling else frozenset[str]()
        self._loaded: dict[str, list[Row]] = {}
        self._bases: dict[tuple[Any, ...], Row] = {}
        self._new_targets: dict[tuple[Any, ...], Row] = {}
        self.sql = self.tests_of("c")

    def tests_of(self, alias: str) -> TestsSql:
        """Return the SQL of tests of a row; copies stand for the values of the rows that it refers to."""
        values = {
            one.column: copied_value(self.schema, self.table, one, self.names, alias)
            for one in self.table.copied_columns
        }
        return TestsSql(self.table, self.traits, alias, values)

    def _copies(self, key: ForeignKey) -> Iterator[Any]:
        return (copy for copy in self.table.copied_columns if copy.key == key.name)

    def _is_tried(self, key: ForeignKey) -> bool:
        return any(copy.column in self.rule.copies for copy in self._copies(key))

    def _is_shared(self, key: ForeignKey) -> bool:
        """Return whether rows are compared that refer to the same row by a key: it stays the one of the sample."""
        compared = set(self.rule.named_columns) if isinstance(self.rule, OnlyOneRule | NoOverlapRule) else set[str]()
        if isinstance(self.rule, CountRule | TotalRule) and self.rule.table == self.table.name:
            compared.update(self.table.foreign_key(self.rule.key).columns)
        return not self._is_tried(key) and not compared.isdisjoint(self.table.own_key_columns(key))

    def _repeated(self, key: ForeignKey) -> Iterator[tuple[str, str]]:
        """Yield the reference of a key with each copy of another row that must be equal to it."""
        own = self.table.own_key_columns(key)
        for rule in self.rules:
            for test in rule.that if isinstance(rule, HoldsRule) else ():
                if test.op == "is" and test.other:
                    pairs = ((test.column, test.other), (test.other, test.column))
                    yield from ((one, copy) for one, copy in pairs if one in own and copy in self.table.copies)

    # -- the rows that are referred to --------------------------------------------------------------------------------

    def _target(self, row: Row, key: ForeignKey, version: int = 0) -> Row | None:
        """Return the new row to which a row refers, with the values of the row's copies; None if it refers to none."""
        if any(row[name] is None for name in self.table.own_key_columns(key)):
            return None
        held = self._held[key.target]
        identity = (key.name, version, *(row[name] for name in self.table.row_key))
        if identity not in self._bases:
            self._bases[identity] = held.new()
        values = {copy.source: row[copy.column] for copy in self._copies(key)}
        with_values = (*identity, *values.items())
        if with_values not in self._new_targets:
            target = self.sample.with_changes(held.table, 1, self._bases[identity] | values, values)
            if repeated := self._repeated_of(held.table, target):
                target = self.sample.with_changes(held.table, 1, target | repeated, {**values, **repeated})
            self._new_targets[with_values] = held.apart(target, self._other_targets(key, target), values)
        return self._new_targets[with_values]

    def _other_targets(self, key: ForeignKey, target: Row) -> list[Row]:
        """Return the rows of the table of a target that exist beside it, or may exist."""
        table = self._held[key.target].table
        new = [
            row for (name, *_), row in self._new_targets.items() if self.table.foreign_key(name).target == key.target
        ]
        return [
            *self._loaded_targets(key),
            *(one for one in new if any(one[name] != target[name] for name in table.row_key)),
        ]

    def _repeated_of(self, table: Table, row: Row) -> Row:
        """Return the copies of a new row that repeat columns of other new rows."""
        found: Row = {}
        for copy in table.copied_columns:
            key = table.foreign_key(copy.key)
            for (name, *_), other in self._new_targets.items():
                is_there = self.table.foreign_key(name).target == key.target
                pairs = zip(key.columns, key.target_columns, strict=True)
                if is_there and all(row[own] == other[theirs] for own, theirs in pairs):
                    found[copy.column] = other[copy.source]
        return {name: value for name, value in found.items() if row[name] != value}

    def _reference(self, target: Row, key: ForeignKey) -> Row:
        pairs = zip(key.columns, key.target_columns, strict=True)
        return {own: target[theirs] for own, theirs in pairs if own in self.table.own_key_columns(key)}

    def _with_targets(self, row: Row, version: int = 0, same: Collection[str] = ()) -> tuple[Transaction, Row]:
        """Return the statements that create the rows to which a row refers, and the row with its references.

        The rows of the keys in `same` exist: they are those of the first version.
        """
        steps: list[Any] = []
        for key in self.keys:
            if not self._needs_target(row, key):
                continue
            target = self._target(row, key, 0 if key.name in same else version)
            if target is None:
                row = row | dict.fromkeys(copy.column for copy in self._copies(key))
            else:
                steps += () if key.name in same else self._held[key.target].arrive(target)
                placed = row | self._reference(target, key)
                # what was equal to the reference is equal to the new one
                same = {copy: placed[own] for own, copy in self._repeated(key) if row[own] == row[copy]}
                row = self._with_other_copies(placed | same)
        return tuple(steps), row

    def _needs_target(self, row: Row, key: ForeignKey) -> bool:
        """Return whether a row refers to another row than one of the sample: to one with values that rules demand."""
        if self._is_tried(key):
            return True
        loaded = self.sample.copies(self.table, 1, row)
        return any(row[copy.column] != loaded.get(copy.column, row[copy.column]) for copy in self._copies(key))

    def is_possible(self, row: Row) -> bool:
        """Return whether a row can refer to rows of the sample, or to new ones beside them, with its copies."""
        for key in (key for key in self.keys if self._needs_target(row, key)):
            target = self._target(row, key)
            if self._is_shared(key) or (target and self._held[key.target].clashes(target, self._loaded_targets(key))):
                return False
        return True

    def can_move(self, row: Row, new: Row) -> bool:
        """Return whether the new rows to which a row comes to refer can exist beside those of before."""
        for key in (key for key in self.keys if self._needs_target(new, key)):
            before, after = self._target(row, key), self._target(new, key, 1)
            others = [*self._loaded_targets(key), *([before] if before else [])]
            if after and self._held[key.target].clashes(after, others):
                return False
        return True

    def _loaded_targets(self, key: ForeignKey) -> list[Row]:
        table = self._held[key.target].table
        if table.name not in self._loaded:
            numbers = range(self.sample.count(table.name))
            self._loaded[table.name] = [self.sample.row(table, 1, number) for number in numbers]
        return self._loaded[table.name]

    def _completed(self, row: Row) -> Row:
        """Return the row with the copies that other rules demand: it refers to a new row then."""
        return self._with_other_copies(row)

    def _with_other_copies(self, row: Row) -> Row:
        """Return the row with the copies that other rules demand because of its new references."""
        shared = {copy.column for key in self.keys if self._is_shared(key) for copy in self._copies(key)}
        kept = [name for name in row if name not in self.table.copies or name in {*self.rule.copies, *shared}]
        for rule in self.rules:
            if isinstance(rule, HoldsRule) and rule.id != self.rule.id and breaks_check(row, [rule], self.table):
                row = meeting(rule.that, row, self.table, self.others, kept) or row
        return row

    def is_within_ranges(self, row: Row) -> bool:
        """Return whether the numbers of a row, and those of the rows to which it refers, are within their bounds."""
        keys = (key for key in self.keys if self._needs_target(row, key))
        targets = ((self._held[key.target], self._target(row, key)) for key in keys)
        return super().is_within_ranges(row) and all(held.is_within_ranges(one) for held, one in targets if one)

    # -- statements ---------------------------------------------------------------------------------------------------

    def arrive(self, row: Row, *later: Row) -> Transaction:
        """Return the statements that bring a row into existence, after the rows to which it refers."""
        steps, placed = self._with_targets(row)
        return (*steps, *super().arrive(placed, *later))

    def targets(self, row: Row) -> Transaction:
        """Return the statements that create the rows to which a row refers."""
        return self._with_targets(row)[0]

    def arrive_beside(self, row: Row) -> Transaction:
        """Return the statements that bring a row into existence beside the rows to which it refers."""
        return super().arrive(self._with_targets(row)[1])

    def insert_beside(self, row: Row) -> Step:
        """Return the INSERT of a row beside the rows to which it refers."""
        return self.insert(self._with_targets(row)[1])

    def forged(self, row: Row, claimed: Row) -> Transaction:
        """Return the statements that insert a row whose copies are not those of the rows to which it refers."""
        steps, placed = self._with_targets(row)
        start, moves = self.arrival(placed | {name: claimed[name] for name in self.rule.copies})
        return (*steps, super().insert(start), *moves)

    def insert(self, *rows: Row) -> Step:
        """Return one INSERT of the rows, as an application writes it: without copies that a trigger fills."""
        names = [column.name for column in self.table.writable_columns]
        return self.insert_columns(rows, [name for name in names if name not in self._filled])

    def change(self, row: Row, changes: Changes) -> Transaction:
        """Return the statements that change a row, and the rows to which it refers where a copy changes."""
        own = {name: value for name, value in changes.items() if name not in self.table.copies}
        return (*self._changes_of_targets(row, changes, 0), *([self.update(row, own)] if own else []))

    def become(self, row: Row, new: Row) -> Transaction:
        """Return the statements by which a row becomes another one; it refers to new rows where its copies differ."""
        changed = difference(row, new).keys()
        copies = {key.name: {one.column for one in self._copies(key)} for key in self.keys}
        same = [key.name for key in self.keys if changed.isdisjoint({*key.columns, *copies[key.name]})]
        steps, after = self._with_targets(new, 1, same)
        changes = difference(self._with_targets(row)[1], after)
        changes = {name: value for name, value in changes.items() if name not in self._filled}
        return (*steps, *([self.update(row, changes)] if changes else []))

    def _changes_of_targets(self, row: Row, changes: Changes, version: int) -> Iterator[Step]:
        """Yield the updates of the rows to which a row refers by which its copies change."""
        for key in self.keys:
            values = {copy.source: changes[copy.column] for copy in self._copies(key) if copy.column in changes}
            # with another reference, the copies are those of the other row
            if not values or not changes.keys().isdisjoint(self.table.own_key_columns(key)):
                continue
            if target := self._target(row, key, version):
                held = self._held[key.target]
                copied = {copy.source: target[copy.source] for copy in self._copies(key)} | values
                changed = self.sample.with_changes(held.table, 1, target | copied, copied)
                changed = held.apart(changed, self._other_targets(key, target), copied)
                yield held.update(target, values | difference(target, changed))

    def prepare_move(self, row: Row) -> Transaction:
        """Return the statements that create other rows, with the values of the row's copies."""
        return self._with_targets(row, 1)[0]

    def move(self, row: Row, new: Row) -> Transaction:
        """Return the statement by which a row becomes a new one, which refers to these other rows."""
        placed = self._with_targets(new, 1)[1]
        names = [name for key in self.keys for name in self.table.own_key_columns(key)]
        names += [copy.column for key in self.keys for copy in self._copies(key)]
        names += [name for name in difference(row, new) if name not in self.table.copies]
        changes = {name: placed[name] for name in dict.fromkeys(names) if name not in self._filled}
        return (self.update(row, changes),)

    def change_target_of_move(self, row: Row, changes: Changes) -> Transaction:
        """Return the statements that change these other rows."""
        return tuple(self._changes_of_targets(row, changes, 1))

    def replacement(self, row: Row, *, is_new: bool) -> Transaction:
        """Return the statements that replace the row with the same key; empty if the engine has none."""
        steps, placed = self._with_targets(row)
        step = self.replace(placed)
        return (*(steps if is_new else ()), step) if step else ()

    def written(self, *rows: Row) -> Transaction:
        """Return one INSERT of the rows, after the statements that create the rows to which they refer."""
        placed = [self._with_targets(row) for row in rows]
        return (*(step for steps, _ in placed for step in steps), self.insert(*(row for _, row in placed)))

    def count(self, condition: str) -> str:
        """Return the query that counts the rows that meet a condition, by the values of the rows they refer to."""
        return f"SELECT count(*) FROM {self.names.table(self.table)} c WHERE {condition}"


def rows_of_rule(
    schema: Schema,
    sample: Sample,
    table: Table,
    rule: EnforcedRule,
    traits: Traits,
    *,
    demanded: Demanded | None = None,
    first: int = 0,
    loaded: Sequence[Row] = (),
) -> RuleRows:
    """Return what makes rows of a table with which a rule is tried."""
    kind = ReferringRows if table.copied_columns else RuleRows
    return kind(schema, sample, table, rule, traits, demanded=demanded, first=first, loaded=loaded)
