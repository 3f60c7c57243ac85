"""Rows that bring the number of a business rule to its bound, and the row that holds the number into its state."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from langgraph_dba.database.data.rule_rows import Row, meets, stepped
from langgraph_dba.database.ddl.business_rules.bounds import condition
from langgraph_dba.database.ddl.derived_columns import derived_expression
from langgraph_dba.database.model.business_rules import ColumnTest, CountRule, FrozenRule, TotalRule
from langgraph_dba.database.model.schema import ForeignKey, Range, Schema, Table
from langgraph_dba.database.proofs.kit.business_rules.referring_rows import rows_of_rule
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.interleavings import Step, Transaction

MOST_ROWS = 200
SMALL = 3  # a bound that the row holds itself is set to so many steps


class BoundRows:
    """The rows of one rule: `parts` are the amounts that together reach the bound, `step` the smallest amount more."""

    def __init__(self, rule: CountRule | TotalRule, rows: RuleRows, bound: Any = None) -> None:
        """Split the bound, which is that of the rule unless another one is given."""
        self.rule, self.rows = rule, rows
        self.made: list[Row] = []
        self.target = rows.schema.table(rule.target)
        self.key: ForeignKey = next(one for one in rows.table.foreign_keys if one.name == rule.key)
        sample = rows.sample
        self.held = RuleRows(rows.schema, sample, self.target, rule, rows.traits)
        self.one, self.other = (sample.row(self.target, 1, number) for number in range(2))
        self.type = rows.table.column(rule.sums).type if rule.sums else None
        # what is too much; of a bound that needs rows, what brings the number to it
        self.sign = 1 if rule.op == "at-most" or rule.needs_rows else -1
        self.step = self.sign * (stepped(self._number("0"), self.type, 1) if self.type else 1)
        # a bound of fewer decimal places than the amounts changes in larger steps
        smallest = stepped(0, self.target.column(rule.limit).type, 1) if rule.limit else 0
        self.limit_step = self.sign * max(abs(self.step), smallest)
        default = SMALL * self.limit_step if rule.limit else self._number(rule.value)
        self.bound = default if bound is None else bound
        # what a total may not fall below is reached from a deposit
        self.deposit = [] if self.sign > 0 else [-10 * self.step]
        self.parts = self._split(self.bound - sum(self.deposit))

    @property
    def is_possible(self) -> bool:
        """Return whether rows with these amounts can be made."""
        enough = self.rows.sample.count(self.target.name) > 1 and 0 < len(self.parts) <= MOST_ROWS
        return enough and all(map(self.is_in_range, (*self.parts, *self.deposit, self.step)))

    def _number(self, text: str) -> Any:
        return Decimal(text) if self.type and self.type.name == "decimal" else int(Decimal(text))

    def is_in_range(self, amount: Any) -> bool:
        """Return whether a row may have an amount."""
        amount, (low, high) = (abs(amount) if self.rule.subtracts else amount), self._range()
        return (low is None or amount >= low) and (high is None or amount <= high)

    @property
    def may_be_no_number(self) -> bool:
        """Return whether the column of the amounts accepts NaN: a decimal without a largest value does."""
        type_name = self.type.name if self.type else ""
        return type_name == "decimal" and self._range()[1] is None and not self.rule.target_once

    def _range(self) -> tuple[Decimal | None, Decimal | None]:
        checks = (one for one in self.rows.table.meanings if isinstance(one, Range) and one.column == self.rule.sums)
        found = next(checks, None)
        return (found.low, found.high) if found else (None, None)

    def _split(self, amount: Any) -> list[Any]:
        """Return amounts that add up to one: each is 1 if rows are counted, else as large as the column allows."""
        if not self.type:
            return [1] * min(amount, MOST_ROWS + 1)
        if not amount and self.rule.op == "is":
            return [self.step, -self.step]
        low, high = self._range()
        largest = high if self.sign > 0 or self.rule.subtracts else low
        if largest is None or abs(amount) <= abs(largest):
            return [amount]
        if not largest:
            return []
        most = self._number(str(abs(largest) if amount > 0 else -abs(largest)))
        whole = int(amount / most)
        rest = amount - whole * most
        return [most] * min(whole, MOST_ROWS + 1) + ([rest] if rest else [])

    def row(self, amount: Any, held: Row, *, is_outside: bool = False) -> Row:
        """Return a new row that refers to the row `held`."""
        rows, rule = self.rows, self.rule
        values = {own: held[theirs] for own, theirs in zip(self.key.columns, self.key.target_columns, strict=True)}
        values |= self.amount(amount)
        for test in rule.subtracts:
            values[test.column] = test.values[0] if amount < 0 else self._added(test)
        row = rows.new(values) | values
        row = rows.meeting(rule.where, row, tuple(values)) or row
        row = next(rows.outside(rule.where, row), row) if is_outside else row
        kept = {*values, *(name for test in rule.where for name in test.columns)}
        row = rows.apart(rows.obeying_others(row, *values), self.made, kept)
        self.made.append(row)
        return row

    def amount(self, amount: Any) -> Row:
        """Return an amount as a row holds it: without its sign, if another column decides whether it is subtracted."""
        return {self.rule.sums: abs(amount) if self.rule.subtracts else amount} if self.rule.sums else {}

    def turned(self, row: Row) -> Iterator[Row]:
        """Yield the change by which a row is subtracted instead of added, or the reverse."""
        for test in self.rule.subtracts:
            yield {test.column: self._added(test) if row[test.column] in test.values else test.values[0]}

    def _added(self, test: ColumnTest) -> str:
        return next(one for one in self.rows.table.listed_values(test.column) if one not in test.values)

    def full(self, held: Row, *, less: int = 0) -> list[Row]:
        """Return rows that reach the bound, or lack the last ones."""
        parts = self.parts[: len(self.parts) - less]
        return [self.row(amount, held) for amount in (*self.deposit, *parts)]

    def arrive(self, rows: Sequence[Row]) -> Transaction:
        """Return the statements that bring rows into existence."""
        return tuple(step for row in rows for step in self.rows.arrive(row))

    def reference(self, held: Row) -> Row:
        """Return the values by which a row refers to the row `held`."""
        return {own: held[theirs] for own, theirs in zip(self.key.columns, self.key.target_columns, strict=True)
                if own != self.rows.table.tenant_column}  # fmt: skip

    def beside(self, row: Row, held: Row) -> Row:
        """Return the row as it refers to the row `held`, where it is allowed too."""
        values = self.reference(held)
        row = self.rows.obeying_others(row | values, *values)
        tested = {name for test in self.rule.where for name in test.columns}
        others = [one for one in self.made if any(one[name] != row[name] for name in self.rows.table.row_key)]
        return self.rows.apart(row, others, {*values, *self.rule.named_columns, *tested})

    def prepared(self) -> Transaction:
        """Return the statements that set the bound of both rows, if they hold it."""
        return tuple(self.with_limit(row, self.bound) for row in (self.one, self.other)) if self.rule.limit else ()

    def with_limit(self, held: Row, bound: Any) -> Step:
        """Return the statement that sets the bound of a row that holds it."""
        assert self.rule.limit
        return self.held.update(held, {self.rule.limit: bound})

    def enter(self, held: Row) -> tuple[Step, ...]:
        """Return the statements that bring the row `held` into the state from which on the rule holds."""
        inside = self.inside(held)
        # the bound was set before
        changes = {name: value for name, value in difference(held, inside).items() if name != self.rule.limit}
        return self.held.advance(held, changes) if changes else ()

    def inside(self, held: Row) -> Row:
        """Return the row `held` in the state from which on the rule holds."""
        once = self.rule.target_once
        met = self.held.meeting(once, held) or held
        decided = {name: met[name] for test in once for name in test.columns}
        return self.rows.sample.with_changes(self.target, 1, met, decided)

    def broken(self) -> str:
        """Return the query that counts the rows whose number, counted again, is not within the bound."""
        names = self.rows.names
        derived = next(one for one in self.target.derived_columns if one.column == self.rule.stored)
        number = derived_expression(self.target, derived, self.rows.schema, names)
        within = condition(self.target, self.rule, self.rows.traits, number, "p")
        return f"SELECT count(*) FROM {names.table(self.target)} p WHERE NOT ({within})"


def demanding_rules(schema: Schema, table: Table) -> list[CountRule | TotalRule]:
    """Return the rules that demand rows that refer to a row of a table, from a state of it on."""
    bounds = (one for one in schema.rules if isinstance(one, CountRule | TotalRule))
    return [one for one in bounds if one.needs_rows and one.target_once and one.target == table.name]


def demanded_rows(rows: RuleRows, start: Row, row: Row, later: Sequence[Row]) -> tuple[Row, Transaction]:
    """Return how a row begins that is to become `row`, then `later`, and the statements that give it what it needs.

    A bound may demand that rows refer to it in a later state: then it begins outside of that state.
    """
    steps: list[str | Step] = []
    for rule in demanding_rules(rows.schema, rows.table):
        tested = {name for test in rule.target_once for name in test.columns}
        is_about = not isinstance(rows.rule, FrozenRule) and not tested.isdisjoint(rows.rule.named_columns)
        reached = [one for one in (row, *later) if all(meets(test, one, rows.table) for test in rule.target_once)]
        if not reached and not is_about:
            continue
        referring = rows.schema.table(rule.table)
        own = rows_of_rule(rows.schema, rows.sample, referring, rule, rows.traits, first=len(steps))
        bound = BoundRows(rule, own, row[rule.limit] if rule.limit else None)
        steps += bound.arrive(bound.full(row))
        if all(meets(test, start, rows.table) for test in rule.target_once):
            start = next(rows.outside(rule.target_once, start), start)
    return start, tuple(steps)
