"""Rows of a rule over paths: each refers to new rows, so that any value of their columns can be tried."""

from collections.abc import Iterator
from typing import Any

from langgraph_dba.database.data.rule_rows import Row, breaks_check, meeting
from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.ddl.copied_columns import copied_value
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import EnforcedRule, HoldsRule
from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import Changes, Demanded, RuleRows
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
    ) -> None:
        """Store what the rows depend on."""
        super().__init__(schema, sample, table, rule, traits, demanded=demanded, first=first)
        # those of the rule first: what other rules compare with them follows
        copies = sorted(table.copied_columns, key=lambda one: one.column not in rule.copies)
        self.keys = tuple(dict.fromkeys(table.foreign_key(one.key) for one in copies))
        targets = {key.target: schema.table(key.target) for key in self.keys}
        self._held = {name: RuleRows(schema, sample, target, rule, traits) for name, target in targets.items()}
        self._filled = frozenset(table.copies) if traits.sql_templates.filling else frozenset[str]()
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

    # -- the rows that are referred to --------------------------------------------------------------------------------

    def _target(self, row: Row, key: ForeignKey, version: int = 0) -> Row | None:
        """Return the new row to which a row refers, with the values of the row's copies; None if it refers to none."""
        if any(row[name] is None for name in self.table.own_key_columns(key)):
            return None
        held = self._held[key.target]
        identity = (key.name, version, *(row[name] for name in self.table.row_key))
        if identity not in self._new_targets:
            self._new_targets[identity] = held.new()
        values = {copy.source: row[copy.column] for copy in self._copies(key)}
        return self.sample.with_changes(held.table, 1, self._new_targets[identity] | values, values)

    def _reference(self, target: Row, key: ForeignKey) -> Row:
        pairs = zip(key.columns, key.target_columns, strict=True)
        return {own: target[theirs] for own, theirs in pairs if own in self.table.own_key_columns(key)}

    def _with_targets(self, row: Row, version: int = 0) -> tuple[Transaction, Row]:
        """Return the statements that create the rows to which a row refers, and the row with its references."""
        steps: list[Any] = []
        before = row
        for key in self.keys:
            # another row than that of the sample is needed only for values that the rules demand
            if not self._is_tried(key) and all(row[one.column] == before[one.column] for one in self._copies(key)):
                continue
            target = self._target(row, key, version)
            if target is None:
                row = row | dict.fromkeys(copy.column for copy in self._copies(key))
            else:
                steps += self._held[key.target].arrive(target)
                row = self._with_other_copies(row | self._reference(target, key))
        return tuple(steps), row

    def _with_other_copies(self, row: Row) -> Row:
        """Return the row with the copies that other rules demand because of its new references."""
        kept = [name for name in row if name not in self.table.copies or name in self.rule.copies]
        for rule in self.schema.rules:
            is_other = isinstance(rule, HoldsRule) and rule.table == self.table.name and rule.id != self.rule.id
            if is_other and isinstance(rule, HoldsRule) and breaks_check(row, [rule], self.table):
                row = meeting(rule.that, row, self.table, self.others, kept) or row
        return row

    def is_within_ranges(self, row: Row) -> bool:
        """Return whether the numbers of a row, and those of the rows to which it refers, are within their bounds."""
        targets = ((self._held[key.target], self._target(row, key)) for key in self.keys)
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
        steps: list[Any] = []
        for key in self.keys:
            values = {copy.source: changes[copy.column] for copy in self._copies(key) if copy.column in changes}
            if values and (target := self._target(row, key)):
                steps.append(self._held[key.target].update(target, values))
        own = {name: value for name, value in changes.items() if name not in self.table.copies}
        return (*steps, *([self.update(row, own)] if own else []))

    def prepare_move(self, row: Row) -> Transaction:
        """Return the statements that create other rows, with the values of the row's copies."""
        return self._with_targets(row, 1)[0]

    def move(self, row: Row) -> Transaction:
        """Return the statement by which a row refers to these other rows."""
        placed = self._with_targets(row, 1)[1]
        names = [name for key in self.keys for name in self.table.own_key_columns(key)]
        names += [copy.column for key in self.keys for copy in self._copies(key)]
        return (self.update(row, {name: placed[name] for name in names if name not in self._filled}),)

    def change_target_of_move(self, row: Row, changes: Changes) -> Transaction:
        """Return the statements that change these other rows."""
        steps: list[Any] = []
        for key in self.keys:
            values = {copy.source: changes[copy.column] for copy in self._copies(key) if copy.column in changes}
            if values and (target := self._target(row, key, 1)):
                steps.append(self._held[key.target].update(target, values))
        return tuple(steps)

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
