"""The number of rows that refer to a row, or the sum over them, stays within the bound of a business rule.

Each rule of the forms `count` and `total` is tried with rows of a sample. Allowed: as many rows as the bound allows, to
the last one; another one after a deletion, beside another row, and outside of the rule's scope. Refused: one more by
INSERT, by one INSERT of all, by moving a row, by bringing a row into the scope, by changing an amount, by lowering the
bound, and by writing the stored number. Two transactions each add what is left, or one adds while the other one moves a
row or lowers the bound: the rows that are left decide.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from langgraph_dba.database.data.rule_rows import Row, stepped
from langgraph_dba.database.ddl.business_rules.bounds import condition
from langgraph_dba.database.ddl.derived_columns import derived_expression
from langgraph_dba.database.model.business_rules import CountRule, TotalRule
from langgraph_dba.database.model.schema import ForeignKey, Range
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect, derived_edit, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a number or a sum over rows stays within the bound of a business rule, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, numbers and sums over rows"
NEEDS = ()
_FORMS = ("count", "total")
_MOST_ROWS = 200
_MORE_ROWS = 15  # beside those that reach the bound
_POLICIES = ("IGNORE", "FAIL")  # of SQLite: what a statement does when a constraint refuses a row
_SMALL = 3  # a bound that the row holds itself is set to so many steps


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, *_FORMS)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, _FORMS, _cases_of, rows_of=_rows_of)


def _rows_of(rule: CountRule | TotalRule) -> int:
    """Return how many rows of each table are needed: a unique key may allow one row per pair of rows."""
    return (min(int(rule.value), _MOST_ROWS) if isinstance(rule, CountRule) and rule.value else _SMALL) + _MORE_ROWS


def _cases_of(rule: CountRule | TotalRule, rows: RuleRows) -> RuleCases | None:
    trial = _Trial(rule, rows)
    return trial.cases() if trial.is_possible else None


class _Trial:
    """The rows of one rule: `parts` are the amounts that together reach the bound, `step` the smallest amount more."""

    def __init__(self, rule: CountRule | TotalRule, rows: RuleRows) -> None:
        self.rule, self.rows = rule, rows
        self.made: list[Row] = []
        self.target = rows.schema.table(rule.target)
        self.key: ForeignKey = next(one for one in rows.table.foreign_keys if one.name == rule.key)
        sample = rows.sample
        self.held = RuleRows(rows.schema, sample, self.target, rule, rows.traits)
        self.one, self.other = (sample.row(self.target, 1, number) for number in range(2))
        self.type = rows.table.column(rule.sums).type if rule.sums else None
        self.sign = 1 if rule.op == "at-most" else -1
        self.step = self.sign * (stepped(self._number("0"), self.type, 1) if self.type else 1)
        self.bound = _SMALL * self.step if rule.limit else self._number(rule.value)
        # what a total may not fall below is reached from a deposit
        self.deposit = [] if self.sign > 0 else [-10 * self.step]
        self.parts = self._split(self.bound - sum(self.deposit))

    @property
    def is_possible(self) -> bool:
        enough = self.rows.sample.count(self.target.name) > 1 and 0 < len(self.parts) <= _MOST_ROWS
        return enough and all(map(self._is_in_range, (*self.parts, *self.deposit, self.step)))

    def _number(self, text: str) -> Any:
        return Decimal(text) if self.type and self.type.name == "decimal" else int(Decimal(text))

    def _is_in_range(self, amount: Any) -> bool:
        low, high = self._range()
        return (low is None or amount >= low) and (high is None or amount <= high)

    def _range(self) -> tuple[Decimal | None, Decimal | None]:
        checks = (one for one in self.rows.table.meanings if isinstance(one, Range) and one.column == self.rule.sums)
        found = next(checks, None)
        return (found.low, found.high) if found else (None, None)

    def _split(self, amount: Any) -> list[Any]:
        """Return amounts that add up to one: each is 1 if rows are counted, else as large as the column allows."""
        if not self.type:
            return [1] * min(amount, _MOST_ROWS + 1)
        low, high = self._range()
        largest = high if self.sign > 0 else low
        if largest is None or abs(amount) <= abs(largest):
            return [amount]
        if not largest:
            return []
        whole = int(amount / largest)
        rest = amount - whole * self._number(str(largest))
        return [self._number(str(largest))] * min(whole, _MOST_ROWS + 1) + ([rest] if rest else [])

    # -- rows ---------------------------------------------------------------------------------------------------------

    def row(self, amount: Any, held: Row, *, is_outside: bool = False) -> Row:
        """Return a new row that refers to one of the two rows."""
        rows, rule = self.rows, self.rule
        values = {own: held[theirs] for own, theirs in zip(self.key.columns, self.key.target_columns, strict=True)}
        values |= {rule.sums: amount} if rule.sums else {}
        row = rows.new(values) | values
        row = rows.meeting(rule.where, row, tuple(values)) or row
        row = next(rows.outside(rule.where, row), row) if is_outside else row
        kept = {*values, *(name for test in rule.where for name in test.columns)}
        row = rows.apart(rows.obeying_others(row, *values), self.made, kept)
        self.made.append(row)
        return row

    def full(self, held: Row, *, less: int = 0) -> list[Row]:
        """Return rows that reach the bound, or lack the last ones."""
        parts = self.parts[: len(self.parts) - less]
        return [self.row(amount, held) for amount in (*self.deposit, *parts)]

    def arrive(self, rows: list[Row]) -> Transaction:
        return tuple(step for row in rows for step in self.rows.arrive(row))

    def prepared(self) -> Transaction:
        """Return the statement that sets the bound of both rows, if they hold it."""
        limit = self.rule.limit
        return tuple(self.held.update(row, {limit: self.bound}) for row in (self.one, self.other)) if limit else ()

    # -- cases --------------------------------------------------------------------------------------------------------

    def cases(self) -> RuleCases:
        full, ready = self.full(self.one), self.prepared()
        reached = (*ready, *self.arrive(full))
        again = self.row(self.parts[-1], self.one)
        more = self.row(self.step, self.one)
        allowed: list[Transaction] = [
            reached,
            (*reached, self.rows.delete(full[-1]), *self.rows.arrive(again)),
            (*reached, *self.arrive([self.row(amount, self.other) for amount in self.deposit]),
             *self.rows.arrive(self.row(self.parts[-1], self.other))),
        ]  # fmt: skip
        violations: list[Transaction] = [(*reached, *self.rows.arrive(more))]
        if not self.deposit:
            violations.append((*ready, *self.rows.written(*full, more)))
        if self.rows.traits.replaces_unseen and not self.rows.arrival(more)[1]:
            before, (sql, values) = self.rows.written(more)[:-1], self.rows.insert_beside(more)
            policies = ((sql.replace("INSERT", f"INSERT OR {one}", 1), values) for one in _POLICIES)
            violations += [(*reached, *before, one) for one in policies]
        aside = self.row(self.step, self.one) | self._reference(self.other)
        waiting = self.arrive([*(self.row(amount, self.other) for amount in self.deposit), aside])
        violations.append((*reached, *waiting, self.rows.update(aside, self._reference(self.one))))
        if self.deposit:
            violations.append((*reached, self.rows.delete(full[0])))
        if self.rule.where:
            outside = self.row(self.step, self.one, is_outside=True)
            inside = self.rows.meeting(self.rule.where, outside, self.key.columns)
            arrival = self.rows.arrive(outside)
            # a row that passes states on its way would itself be counted there
            is_direct = not self.rows.arrival(outside)[1]
            allowed += [(*reached, *arrival)] if is_direct else []
            if is_direct and inside and (change := difference(outside, inside)):
                violations.append((*reached, *arrival, *self.rows.change(outside, change)))
        if self.rule.sums and self._is_in_range(changed := self.parts[0] + self.step):
            violations.append((*reached, self.rows.update(full[len(self.deposit)], {self.rule.sums: changed})))
        if self.rule.limit:
            violations.append((*reached, self.held.update(self.one, {self.rule.limit: self.bound - self.step})))
        violations += self._forged()
        return RuleCases(
            allowed=tuple(allowed),
            violations=tuple(violations),
            races=tuple(self._races()),
            broken=self._broken(),
            leaves_rows=False,
        )

    def _reference(self, held: Row) -> Row:
        return {own: held[theirs] for own, theirs in zip(self.key.columns, self.key.target_columns, strict=True)
                if own != self.rows.table.tenant_column}  # fmt: skip

    def _forged(self) -> Iterator[Transaction]:
        """Yield statements that write the stored number themselves."""
        forged = -self.step
        yield (self.held.insert(self.held.new() | {self.rule.stored: forged}),)
        if self.rows.traits.sql_templates.by_statement:
            yield (self.held.update(self.one, {self.rule.stored: forged}),)

    def _races(self) -> Iterator[Race]:
        last = self.parts[-1]
        setup = (*self.prepared(), *self.arrive(self.full(self.one, less=1)))
        adds = [self.rows.arrive(self.row(last, self.one)) for _ in range(2)]
        yield Race("two rows that each reach the bound", adds[0], adds[1], setup)
        aside = self.row(last, self.one) | self._reference(self.other)
        deposit = self.arrive([self.row(amount, self.other) for amount in self.deposit])
        moved = (self.rows.update(aside, self._reference(self.one)),)
        yield Race("a row that reaches the bound, and one that is moved", adds[0], moved,
                   (*setup, *deposit, *self.rows.arrive(aside)))  # fmt: skip
        if self.rule.limit:
            lowered = (self.held.update(self.one, {self.rule.limit: self.bound - self.step}),)
            yield Race("a row that reaches the bound, and a lower bound", adds[0], lowered, setup)

    def _broken(self) -> str:
        names = self.rows.names
        derived = next(one for one in self.target.derived_columns if one.column == self.rule.stored)
        number = derived_expression(self.target, derived, self.rows.schema, names)
        within = condition(self.target, self.rule, self.rows.traits, number, "p")
        return f"SELECT count(*) FROM {names.table(self.target)} p WHERE NOT ({within})"


def _accepted(rule: str) -> str:
    return f"{rule} ('a specimen'): accepted"


DEFECTS = (
    Defect("nothing enforces the number", _accepted("few_absent"), actual=without_mechanism("few_absent")),
    Defect("nothing enforces the sum", _accepted("few_days"), actual=without_mechanism("few_days")),
    Defect(
        "the bound is another one",
        "refused, although it is allowed",
        actual=rule_edit("few_absent", limit=None, value="1"),
    ),
    Defect(
        "the scope of the number is ignored",
        "refused, although it is allowed",
        actual=derived_edit("shifts", "few_absent_count", where=()),
    ),
    Defect(
        "no trigger when a row is moved",
        _accepted("few_absent"),
        up=lambda text: re.sub(r"CREATE TRIGGER shifts_few_absent_count_update\b.*?(?:END;|\(\);|;(?=\n))", "", text,
                               flags=re.DOTALL),
    ),
)  # fmt: skip
