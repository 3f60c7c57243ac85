"""The number of rows that refer to a row, or the sum over them, stays within the bound of a business rule.

Each rule of the forms `count` and `total` is tried with rows of a sample. Allowed: as many rows as the bound allows, to
the last one; another one after a deletion, beside another row, and outside of the rule's scope. Refused: one more by
INSERT, by one INSERT of all, by moving a row, by bringing a row into the scope, by changing an amount, by lowering the
bound, and by writing the stored number. Two transactions each add what is left, or one adds while the other one moves a
row or lowers the bound: the rows that are left decide. A bound that holds from a state on is also tried by the change
into that state, and one that needs rows by each way in which they leave (`needed_rows.py`).
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from langgraph_dba.database.model.business_rules import CountRule, TotalRule
from langgraph_dba.database.proofs.kit.business_rules.bound_rows import MOST_ROWS, SMALL, BoundRows
from langgraph_dba.database.proofs.kit.business_rules.needed_rows import POLICIES, needed_rows_cases
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect, TextEdit, derived_edit, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a number or a sum over rows stays within the bound of a business rule, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, numbers and sums over rows"
NEEDS = ()
_FORMS = ("count", "total")
_MORE_ROWS = 15  # beside those that reach the bound


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, *_FORMS)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, _FORMS, _cases_of, rows_of=_rows_of)


def _rows_of(rule: CountRule | TotalRule) -> int:
    """Return how many rows of each table are needed: a unique key may allow one row per pair of rows."""
    return (min(int(rule.value), MOST_ROWS) if isinstance(rule, CountRule) and rule.value else SMALL) + _MORE_ROWS


def _cases_of(rule: CountRule | TotalRule, rows: RuleRows) -> RuleCases | None:
    bound = BoundRows(rule, rows)
    if not bound.is_possible:
        return None
    return needed_rows_cases(bound) if rule.needs_rows and rule.target_once else _cases(bound)


def _cases(bound: BoundRows) -> RuleCases:
    rows, rule, one, other = bound.rows, bound.rule, bound.one, bound.other
    full, ready, enter = bound.full(one), bound.prepared(), bound.enter(one)
    reached = (*ready, *bound.arrive(full), *enter)
    again = bound.row(bound.parts[-1], one)
    more = bound.row(bound.step, one)
    allowed: list[Transaction] = [
        reached,
        (*reached, rows.delete(full[-1]), *rows.arrive(again)),
        (*reached, *bound.arrive([bound.row(amount, other) for amount in bound.deposit]),
         *rows.arrive(bound.row(bound.parts[-1], other))),
    ]  # fmt: skip
    violations: list[Transaction] = [(*reached, *rows.arrive(more))]
    if enter:
        before = (*ready, *bound.arrive([*full, more]))
        allowed.append(before)
        violations.append((*before, *enter))
    if not bound.deposit:
        violations.append((*ready, *rows.written(*full, more), *enter))
    if rows.traits.replaces_unseen and not rows.arrival(more)[1] and not rows.needs_others(more):
        before, (sql, values) = rows.written(more)[:-1], rows.insert_beside(more)
        policies = ((sql.replace("INSERT", f"INSERT OR {policy}", 1), values) for policy in POLICIES)
        violations += [(*reached, *before, one) for one in policies]
    moved = bound.row(bound.step, one)
    aside = bound.beside(moved, other)
    waiting = bound.arrive([*(bound.row(amount, other) for amount in bound.deposit), aside])
    violations.append((*reached, *waiting, *rows.become(aside, moved)))
    if bound.deposit:
        violations.append((*reached, rows.delete(full[0])))
    if rule.where:
        outside = bound.row(bound.step, one, is_outside=True)
        inside = rows.meeting(rule.where, outside, bound.key.columns)
        arrival = rows.arrive(outside)
        # a row that passes states on its way would itself be counted there
        is_direct = not rows.arrival(outside)[1] and not rows.needs_others(outside)
        allowed += [(*reached, *arrival)] if is_direct else []
        if is_direct and inside and (change := difference(outside, inside)):
            violations.append((*reached, *arrival, *rows.change(outside, change)))
    if rule.sums and bound.is_in_range(changed := bound.parts[0] + bound.step):
        violations.append((*reached, rows.update(full[len(bound.deposit)], bound.amount(changed))))
    if rule.subtracts:
        less = bound.row(-bound.step, one)
        violations += [(*reached, *rows.arrive(less), rows.update(less, change)) for change in bound.turned(less)]
    if rule.limit:
        violations.append((*reached, bound.with_limit(one, bound.bound - bound.limit_step)))
    violations += [(*reached, *steps) for steps in _without_number(bound)]
    violations += _forged(bound)
    return RuleCases(
        allowed=tuple(allowed),
        violations=tuple(violations),
        races=tuple(_races(bound)),
        broken=bound.broken(),
        leaves_rows=False,
    )


def _without_number(bound: BoundRows) -> Iterator[Transaction]:
    """Yield the statements that add a row whose amount is NaN, if the column accepts it."""
    if bound.rule.sums and bound.rows.traits.sql_templates.a_number and bound.may_be_no_number:
        row = bound.row(bound.step, bound.one)
        yield bound.rows.arrive(row | {bound.rule.sums: Decimal("NaN")})


def _forged(bound: BoundRows) -> Iterator[Transaction]:
    """Yield statements that write the stored number themselves."""
    forged = -bound.step
    yield (bound.held.insert(bound.held.new() | {bound.rule.stored: forged}),)
    if bound.rows.traits.sql_templates.by_statement:
        yield (bound.held.update(bound.one, {bound.rule.stored: forged}),)


def _races(bound: BoundRows) -> Iterator[Race]:
    rows, one, last = bound.rows, bound.one, bound.parts[-1]
    enter = bound.enter(one)
    outside = (*bound.prepared(), *bound.arrive(bound.full(one, less=1)))
    setup = (*outside, *enter)
    adds = [rows.arrive(bound.row(last, one)) for _ in range(2)]
    yield Race("two rows that each reach the bound", adds[0], adds[1], setup)
    target = bound.row(last, one)
    aside = bound.beside(target, bound.other)
    deposit = bound.arrive([bound.row(amount, bound.other) for amount in bound.deposit])
    moved = rows.become(aside, target)
    yield Race("a row that reaches the bound, and one that is moved", adds[0], moved,
               (*setup, *deposit, *rows.arrive(aside)))  # fmt: skip
    if enter:
        more = rows.arrive(bound.row(bound.step, one))
        yield Race("a row too much, and the state", more, enter, (*outside, *adds[0]))
    if bound.rule.limit:
        lowered = (bound.with_limit(one, bound.bound - bound.limit_step),)
        yield Race("a row that reaches the bound, and a lower bound", adds[0], lowered, setup)


def _accepted(rule: str) -> str:
    return f"{rule} ('a specimen'): accepted"


def _without_trigger(name: str) -> TextEdit:
    trigger = re.compile(rf"CREATE TRIGGER shifts_{name}\b.*?(?:END;|\(\);|;(?=\n))", re.DOTALL)
    return lambda text: trigger.sub("", text)


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
    Defect("no trigger when a row is moved", _accepted("few_absent"), up=_without_trigger("few_absent_count_update")),
    Defect("nothing enforces the least number", _accepted("some_absent"), actual=without_mechanism("some_absent")),
    Defect("a smaller number is enough", _accepted("some_absent"), actual=rule_edit("some_absent", value="1")),
    Defect(
        "more than the least number is refused",
        "refused, although it is allowed",
        actual=rule_edit("some_absent", op="is"),
    ),
    Defect(
        "no trigger when a row is deleted", _accepted("some_absent"), up=_without_trigger("some_absent_count_delete")
    ),
)  # fmt: skip
