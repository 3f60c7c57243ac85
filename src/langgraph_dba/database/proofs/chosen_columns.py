"""As many of several columns have a value as a business rule says.

Each rule of the form `choose` is tried with rows of a sample: every number of columns with a value, each allowed or
refused as the rule says, by INSERT and by UPDATE. Two transactions each change another column of one row.
"""

from langgraph_dba.database.data.rule_rows import Row, chosen
from langgraph_dba.database.model.business_rules import ChooseRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows
from langgraph_dba.database.proofs.kit.defect import Defect, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "as many of several columns have a value as a business rule says, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, alternatives"
NEEDS = ()
_FORM = "choose"


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, _FORM)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, (_FORM,), _cases)


def _cases(rule: ChooseRule, rows: RuleRows) -> RuleCases | None:
    total = len(rule.columns)
    sound = {
        "exactly-one": {1}, "at-least-one": set(range(1, total + 1)), "at-most-one": {0, 1}, "all-or-none": {0, total},
    }[rule.number]  # fmt: skip
    variants: list[tuple[int, Row]] = []
    for first in rule.columns:
        for number in range(total + 1):
            base = rows.new()
            variants.append((number, base | chosen(rule, base, number, rows.others, (first,))))
    if any(sum(row[name] is not None for name in rule.columns) != number for number, row in variants):
        return None  # a column has no value
    allowed: list[Transaction] = [rows.arrive(row) for number, row in variants if number in sound]
    wrong = [(number, row) for number, row in variants if number not in sound]
    violations: list[Transaction] = [rows.arrive(row) for _, row in wrong]
    start = next(row for number, row in variants if number in sound)
    violations += [
        (*rows.arrive(start), rows.update(start, {name: row[name] for name in rule.columns})) for _, row in wrong
    ]
    present = " + ".join(f"CASE WHEN {rows.sql.column(name)} IS NULL THEN 0 ELSE 1 END" for name in rule.columns)
    listed = ", ".join(map(str, sorted(sound)))
    return RuleCases(
        allowed=tuple(allowed),
        violations=tuple(violations),
        races=tuple(_races(rule, rows)),
        broken=rows.count(f"{present} NOT IN ({listed})"),
        leaves_rows=False,
    )


def _races(rule: ChooseRule, rows: RuleRows) -> list[Race]:
    """Return the race of two updates of one row: each takes the other column's value away, or gives another one."""
    one, two = rule.columns[:2]
    base = rows.new()
    row = base | chosen(rule, base, len(rule.columns) if rule.number == "all-or-none" else 1, rows.others, (one,))
    value = next(iter(rows.others(two)), None)
    exchange = (rows.update(row, {one: None, two: value}),)
    return [Race("updates of two columns of one row", exchange, (rows.update(row, {two: None}),), rows.arrive(row))]


DEFECTS = (
    Defect("nothing enforces the rule", "one_text ('a specimen'): accepted", actual=without_mechanism("one_text")),
    Defect(
        "two values are accepted",
        "one_text ('a specimen'): accepted",
        actual=rule_edit("one_text", number="at-least-one"),
    ),
)
