"""No row breaks a condition that a business rule puts on every row, or on those that meet another condition.

Each rule of the form `holds` is tried with rows of a sample, at the boundary of each comparison. Allowed: a row that
just meets the condition, and one that breaks it outside of the rule's scope. Refused: a row that just breaks each test,
by INSERT, by UPDATE of each of the columns, and by bringing a row into the scope. Two transactions each change another
column of one row, so that the row breaks the rule only after both.
"""

from langgraph_dba.database.data.rule_rows import Row, meets, stepped
from langgraph_dba.database.model.business_rules import ColumnTest, HoldsRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect, rule_edit, without_mechanism
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
    return run_rules(subject, (_FORM,), _cases)


def _cases(rule: HoldsRule, rows: RuleRows) -> RuleCases | None:
    sound = _sound(rule, rows)
    if sound is None:
        return None
    allowed: list[Transaction] = [rows.arrive(sound)]
    violations: list[Transaction] = []
    for wrong in rows.outside(rule.that, sound):
        fresh = _with_new_key(rows, wrong)
        violations.append(rows.arrive(fresh))
        violations.append((*rows.arrive(sound), rows.update(sound, difference(sound, wrong))))
        if rule.if_:
            violations += _brought_in(rule, rows, wrong, allowed)
    return RuleCases(
        allowed=tuple(allowed),
        violations=tuple(violations),
        races=tuple(_races(rule, rows, sound)),
        broken=rows.count(_broken(rule, rows)),
        leaves_rows=False,
    )


def _brought_in(rule: HoldsRule, rows: RuleRows, wrong: Row, allowed: list[Transaction]) -> list[Transaction]:
    """Return updates that bring a row into the scope which breaks the rule there; add its insertion to `allowed`."""
    named = {name for test in rule.that for name in test.columns}
    for outside in rows.outside(rule.if_, wrong):
        change = difference(outside, wrong)
        if change and named.isdisjoint(change):
            row = _with_new_key(rows, outside)
            inside = rows.obeying_others(row | change)
            allowed.append(rows.arrive(row))
            return [(*rows.arrive(row), rows.update(row, difference(row, inside)))]
    return []


def _races(rule: HoldsRule, rows: RuleRows, sound: Row) -> list[Race]:
    """Return races of two updates of one row, each of them sound alone, for tests of two columns."""
    races = []
    for test in rule.that:
        if not test.other or test.plus:
            continue
        found = _apart(test, rows, sound)
        if found is None:
            continue
        start, one, two = found
        steps = (start, start | one, start | two)
        alone = all(meets(each, row, rows.table) for row in steps for each in (*rule.if_, *rule.that))
        if alone and not meets(test, start | one | two, rows.table):
            row = _with_new_key(rows, start)
            first, second = (rows.update(row, one),), (rows.update(row, two),)
            races.append(Race("updates of two columns of one row", first, second, rows.arrive(row)))
    return races


def _apart(test: ColumnTest, rows: RuleRows, sound: Row) -> tuple[Row, Row, Row] | None:
    """Return a row, and changes of its two columns that only together break a test."""
    assert test.other
    left, right, type_ = test.column, test.other, rows.table.column(test.column).type
    if test.op == "is-not":
        values = list(rows.others(left))[:3]
        if len(values) < 3:  # noqa: PLR2004  one for each column, and the one that both get
            return None
        return sound | {left: values[0], right: values[1]}, {left: values[2]}, {right: values[2]}
    if test.op not in _LATER | _EARLIER:
        return None
    sign = 1 if test.op in _LATER else -1
    near = stepped(sound[right], type_, sign)
    far = None if near is None else stepped(near, type_, sign)
    if far is None:
        return None
    closest = near if test.op in _STRICT else sound[right]
    return sound | {left: far}, {left: closest}, {right: near}


_LATER = frozenset({"after", "not-before", "more-than", "at-least"})
_EARLIER = frozenset({"before", "not-after", "less-than", "at-most"})
_STRICT = frozenset({"after", "before", "more-than", "less-than"})


def _sound(rule: HoldsRule, rows: RuleRows) -> Row | None:
    row = rows.meeting(rule.if_, rows.new())
    kept = tuple(name for test in rule.if_ for name in test.columns)
    sound = rows.meeting(rule.that, row, kept) if row is not None else None
    return rows.obeying_others(sound) if sound is not None else None


def _with_new_key(rows: RuleRows, row: Row) -> Row:
    """Return a new row that has the values of `row` in the columns of the rule."""
    names = rows.rule.named_columns
    return rows.new({name: row[name] for name in names}) | {name: row[name] for name in names}


def _broken(rule: HoldsRule, rows: RuleRows) -> str:
    scope = f"({rows.sql.scope(rule.if_)}) AND " if rule.if_ else ""
    return f"{scope}NOT ({rows.sql.demand(rule.that)})"


DEFECTS = (
    Defect(
        "nothing enforces the rule",
        "few_views ('a specimen'): accepted",
        actual=without_mechanism("few_views"),
    ),
    Defect(
        "the condition of the rule is ignored",
        "refused, although it is allowed",
        actual=rule_edit("few_views", if_=()),
    ),
)
