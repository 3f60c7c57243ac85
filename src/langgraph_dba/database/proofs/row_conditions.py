"""No row breaks a condition that a business rule puts on every row, or on those that meet another condition.

Each rule of the form `holds` is tried with rows of a sample, at the boundary of each comparison. Allowed: a row that
just meets the condition, and one that breaks it outside of the rule's scope. Refused: a row that just breaks each test,
by INSERT, by UPDATE of each of the columns, and by bringing a row into the scope. Two transactions each change another
column of one row, so that the row breaks the rule only after both.

A rule over a path is also tried by changing the row that is referred to, by referring to another one, and by writing a
copy that is not its value. While one transaction inserts or moves a row, another one changes what it refers to.
"""

from collections.abc import Iterator

from langgraph_dba.database.data.rule_rows import Row, meets, stepped
from langgraph_dba.database.model.business_rules import ColumnTest, HoldsRule
from langgraph_dba.database.proofs.kit.business_rules.cases_over_paths import (
    MOST_STEPS,
    CasesOverPaths,
    cases_over_paths,
    raised_row,
)
from langgraph_dba.database.proofs.kit.business_rules.referring_rows import ReferringRows
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
        fresh = rows.with_new_key(wrong)
        violations.append(rows.arrive(fresh))
        violations.append((*rows.arrive(sound), *rows.change(sound, difference(sound, wrong))))
        if rule.if_:
            violations += _brought_in(rule, rows, wrong, allowed)
    more = cases_over_paths(rule, rows, sound) if isinstance(rows, ReferringRows) else CasesOverPaths()
    return RuleCases(
        allowed=(*allowed, *more.allowed),
        violations=(*violations, *more.violations),
        races=(*_races(rule, rows, sound), *more.races),
        broken=rows.count(_broken(rule, rows)),
        leaves_rows=False,
    )


def _brought_in(rule: HoldsRule, rows: RuleRows, wrong: Row, allowed: list[Transaction]) -> list[Transaction]:
    """Return updates that bring a row into the scope which breaks the rule there; add its insertion to `allowed`."""
    named = {name for test in rule.that for name in test.columns}
    for outside in rows.outside(rule.if_, wrong):
        change = difference(outside, wrong)
        if change and named.isdisjoint(change):
            row = rows.with_new_key(outside)
            inside = rows.obeying_others(row | change)
            allowed.append(rows.arrive(row))
            return [(*rows.arrive(row), *rows.change(row, difference(row, inside)))]
    return []


def _races(rule: HoldsRule, rows: RuleRows, sound: Row) -> list[Race]:
    """Return races of two updates of one row, each of them sound alone, for tests of two columns."""
    races = []
    for test in rule.that:
        if not test.other or test.plus:
            continue
        found = [one for one in _apart(test, rows, sound) if _is_race(rule, test, rows, one)]
        # others are refused by something else, which shows when they run
        for start, one, two in sorted(found, key=lambda one: not _is_within_ranges(rows, one))[:1]:
            row = rows.with_new_key(start)
            first, second = rows.change(row, one), rows.change(row, two)
            races.append(Race("updates of two columns of one row", first, second, rows.arrive(row)))
    return races


def _is_race(rule: HoldsRule, test: ColumnTest, rows: RuleRows, found: tuple[Row, Row, Row]) -> bool:
    """Return whether each change is sound alone, and both together break the test."""
    start, one, two = found
    steps = (start, start | one, start | two)
    is_sound = all(meets(each, row, rows.table) for row in steps for each in (*rule.if_, *rule.that))
    return is_sound and not meets(test, start | one | two, rows.table)


def _is_within_ranges(rows: RuleRows, found: tuple[Row, Row, Row]) -> bool:
    start, one, two = found
    return all(map(rows.is_within_ranges, (start, start | one, start | two)))


def _apart(test: ColumnTest, rows: RuleRows, sound: Row) -> Iterator[tuple[Row, Row, Row]]:
    """Yield rows, each with changes of its two columns that only together break a test."""
    assert test.other
    left, right, type_ = test.column, test.other, rows.table.column(test.column).type
    if test.op == "is-not":
        values = list(rows.others(left))[:3]
        if len(values) == 3:  # noqa: PLR2004  one for each column, and the one that both get
            yield sound | {left: values[0], right: values[1]}, {left: values[2]}, {right: values[2]}
        return
    if test.op not in _LATER | _EARLIER:
        return
    sign = 1 if test.op in _LATER else -1
    # from the right value to the left one, or from the left one to the right one
    for fixed, way in ((sound[right], sign), (sound[left], -sign)):
        near = stepped(fixed, type_, way)
        far = None if near is None else stepped(near, type_, way)
        if near is not None and far is not None:
            low, high = (fixed, far) if way == sign else (far, fixed)
            closest = near if test.op in _STRICT else low
            yield sound | {left: high, right: low}, {left: closest}, {right: near}


_LATER = frozenset({"after", "not-before", "more-than", "at-least"})
_EARLIER = frozenset({"before", "not-after", "less-than", "at-most"})
_STRICT = frozenset({"after", "before", "more-than", "less-than"})


def _sound(rule: HoldsRule, rows: RuleRows) -> Row | None:
    row = rows.meeting(rule.if_, rows.new())
    kept = tuple(name for test in rule.if_ for name in test.columns)
    sound = rows.meeting(rule.that, row, kept) if row is not None else None
    if sound is None:
        return None
    sound = rows.obeying_others(sound)
    # a row that refers to another one breaks the rule by values that must be within the bounds of that one
    raised = (raised_row(rule, rows, sound, number) for number in range(MOST_STEPS if rule.copies else 0))
    return next((one for one in raised if _can_break(rule, rows, one)), sound)


def _can_break(rule: HoldsRule, rows: RuleRows, row: Row) -> bool:
    is_sound = all(meets(test, row, rows.table) for test in (*rule.if_, *rule.that)) and rows.is_possible(row)
    wrong = rows.outside(rule.that, row) if is_sound else ()
    return is_sound and all(rows.is_within_ranges(one) and rows.is_possible(one) for one in wrong)


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
