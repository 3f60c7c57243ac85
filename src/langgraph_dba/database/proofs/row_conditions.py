"""No row breaks a condition that a business rule puts on every row, or on those that meet another condition.

Each rule of the form `holds` is tried with rows of a sample, at the boundary of each comparison. Allowed: a row that
just meets the condition, and one that breaks it outside of the rule's scope. Refused: a row that just breaks each test,
by INSERT, by UPDATE of each of the columns, and by bringing a row into the scope. Two transactions each change another
column of one row, so that the row breaks the rule only after both.
"""

from langgraph_dba.database.data.rule_rows import Row
from langgraph_dba.database.model.business_rules import HoldsRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "no row breaks a condition that a business rule puts on every row, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, conditions of a row"
NEEDS = ()
_FORM = "holds"


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, _FORM)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, _FORM, _cases)


def _cases(rule: HoldsRule, rows: RuleRows) -> RuleCases | None:
    sound = _sound(rule, rows)
    if sound is None:
        return None
    # each leaves no row: another rule may allow only one of them
    allowed: list[Transaction] = [(rows.insert(sound), rows.delete(sound))]
    violations: list[Transaction] = []
    for wrong in rows.outside(rule.that, sound):
        fresh = _with_new_key(rows, wrong)
        violations.append((rows.insert(fresh),))
        violations.append((rows.insert(sound), rows.update(sound, difference(sound, wrong))))
        if rule.if_:
            violations += _brought_in(rule, rows, wrong, allowed)
    return RuleCases(
        allowed=tuple(allowed),
        violations=tuple(violations),
        races=tuple(_races(rule, rows, sound)),
        broken=rows.count(_broken(rule, rows)),
        refusals=("check",),
    )


def _brought_in(rule: HoldsRule, rows: RuleRows, wrong: Row, allowed: list[Transaction]) -> list[Transaction]:
    """Return updates that bring a row into the scope which breaks the rule there; add its insertion to `allowed`."""
    named = {name for test in rule.that for name in test.columns}
    for outside in rows.outside(rule.if_, wrong):
        change = difference(outside, wrong)
        if change and named.isdisjoint(change):
            row = _with_new_key(rows, outside)
            allowed.append((rows.insert(row), rows.delete(row)))
            return [(rows.insert(row), rows.update(row, change))]
    return []


def _races(rule: HoldsRule, rows: RuleRows, sound: Row) -> list[Race]:
    """Return races of two updates of one row, each sound alone, for tests of two columns."""
    races = []
    for test in rule.that:
        if not test.other or test.plus:
            continue
        for wrong in rows.outside((test,), sound):
            change = difference(sound, wrong)
            if set(change) != {test.column}:
                continue
            # both sides move half of the way: the first to where only the other's move breaks the rule
            wide = rows.meeting((test,), sound | change, (test.column,))
            back = difference(sound, wide) if wide else {}
            if back:
                start = _with_new_key(rows, wide or sound)
                one = (rows.update(start, {test.other: sound[test.other]}),)
                two = (rows.update(start, change),)
                races.append(Race("updates of two columns of one row", one, two, (rows.insert(start),)))
                break
    return races


def _sound(rule: HoldsRule, rows: RuleRows) -> Row | None:
    row = rows.meeting(rule.if_, rows.new())
    kept = tuple(name for test in rule.if_ for name in test.columns)
    return rows.meeting(rule.that, row, kept) if row is not None else None


def _with_new_key(rows: RuleRows, row: Row) -> Row:
    """Return a new row that has the values of `row` in the columns of the rule."""
    names = rows.rule.named_columns
    return rows.new({name: row[name] for name in names}) | {name: row[name] for name in names}


def _broken(rule: HoldsRule, rows: RuleRows) -> str:
    scope = f"({rows.sql.scope(rule.if_)}) AND " if rule.if_ else ""
    return f"{scope}NOT ({rows.sql.demand(rule.that)})"


DEFECTS: tuple[Defect, ...] = ()
