"""No two rows share the values that a business rule says exist once.

Each rule of the form `only-one` is tried with rows of a sample. Allowed: rows that differ in one of the columns, the
same values in rows outside of the rule's scope, and the values of a deleted row again. Refused: the same values by
INSERT, by one INSERT of two rows, by UPDATE of each column, and by bringing a row into the scope. Two transactions
insert the same values, and move two rows to the same values, at the same time: in each order, at the default isolation
level and the next one; the rows that are left decide.
"""

from collections.abc import Iterator

from langgraph_dba.database.data.rule_rows import Row, meets
from langgraph_dba.database.model.business_rules import OnlyOneRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "no two rows share the values that a business rule says exist once, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, uniqueness"
NEEDS = ()
_FORM = "only-one"


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, _FORM)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, (_FORM,), _cases)


def _cases(rule: OnlyOneRule, rows: RuleRows) -> RuleCases | None:
    first = _in_scope(rule, rows, {})
    if first is None:
        return None
    values = {name: first[name] for name in rule.columns}
    base = rows.arrive(first)
    allowed: list[Transaction] = [base]
    violations: list[Transaction] = []
    twin = _beside(rule, rows, first, values)
    if twin is None:
        return None
    violations.append((*base, *rows.arrive(twin)))
    if cased := _in_other_case(rule, rows, first):
        violations += [(*base, *rows.arrive(cased))]
    for name in rule.columns:
        same = _beside(rule, rows, first, values)
        other = _neighbour(rule, rows, same, name, first) if same is not None else None
        if same is not None and other is not None:
            arrival = (*base, *rows.arrive(other))
            allowed.append(arrival)
            violations.append((*arrival, *rows.become(other, same)))
    _add_pairs(rule, rows, values, violations)
    _add_others_in_scope(rule, rows, first, allowed, violations)
    if rows.may_delete:
        _add_reuse(rule, rows, values, allowed)
    return RuleCases(
        allowed=tuple(allowed),
        violations=tuple(violations),
        races=tuple(_races(rule, rows, first)),
        broken=_broken(rule, rows),
        leaves_rows=False,
    )


def _add_pairs(rule: OnlyOneRule, rows: RuleRows, values: Row, violations: list[Transaction]) -> None:
    """Add an INSERT of two rows with the same new values."""
    one = _in_scope(rule, rows, next(_different(rows, values, rule.columns[-1]), values))
    two = _beside(rule, rows, one, {name: one[name] for name in rule.columns}) if one is not None else None
    if one is not None and two is not None:
        violations.append(rows.written(one, two))


def _add_others_in_scope(
    rule: OnlyOneRule, rows: RuleRows, first: Row, allowed: list[Transaction], violations: list[Transaction]
) -> None:
    """Add rows outside of the scope with the same values, and the updates that bring them into it."""
    values, base = {name: first[name] for name in rule.columns}, rows.arrive(first)
    tested = [name for test in rule.where for name in test.columns]
    for row in rows.all_outside(rule.where, values):
        outside = rows.apart(rows.obeying_others(row), [first], (*rule.columns, *tested))
        if any(outside[name] != value for name, value in values.items()) or rows.arrival(outside)[1]:
            continue  # a row that passes states on its way may be within the scope there
        allowed.append((*base, *rows.arrive(outside)))
        back = rows.meeting(rule.where, outside)
        back = rows.obeying_others(back) if back is not None else None
        if back is not None and (change := difference(outside, back)):
            violations.append((*base, *rows.arrive(outside), *rows.change(outside, change)))


def _add_reuse(rule: OnlyOneRule, rows: RuleRows, values: Row, allowed: list[Transaction]) -> None:
    """Add a row with the values of one that was deleted."""
    row = _in_scope(rule, rows, next(_different(rows, values, rule.columns[-1]), values))
    again = _in_scope(rule, rows, {name: row[name] for name in rule.columns}) if row else None
    if row is not None and again is not None:
        allowed.append((*rows.arrive(row), rows.delete(row), *rows.arrive(again)))


def _races(rule: OnlyOneRule, rows: RuleRows, first: Row) -> list[Race]:
    values = {name: first[name] for name in rule.columns}
    one = _beside(rule, rows, first, values)
    two = _beside(rule, rows, one, values) if one is not None else None
    if one is None or two is None:
        return []
    races = [Race("two inserts of the same values", rows.arrive(one), rows.arrive(two))]
    found = (_neighbour(rule, rows, two, name, one) for name in rule.columns)
    if other := next((row for row in found if row is not None), None):
        label = "an insert, and an update to the same values"
        races.append(Race(label, rows.arrive(one), rows.become(other, two), rows.arrive(other)))
    return races


def _decided(rule: OnlyOneRule) -> list[str]:
    """Return the columns that decide whether two rows are the same for the rule."""
    return [*rule.columns, *(name for test in rule.where for name in test.columns)]


def _beside(rule: OnlyOneRule, rows: RuleRows, first: Row, values: Row) -> Row | None:
    """Return a new row with these values that the rule compares with the first one, and no other rule or key."""
    row = _in_scope(rule, rows, values)
    return rows.apart(row, [first], _decided(rule)) if row is not None else None


def _neighbour(rule: OnlyOneRule, rows: RuleRows, row: Row, name: str, first: Row) -> Row | None:
    """Return the row with another value in a column, with which no rule or key compares it with the first one."""
    for value in rows.choices(name):
        if value not in (None, row[name]):
            other = rows.obeying_others(row | {name: value})
            is_possible = other[name] == value and _is_in_scope(rule, rows, other)
            if is_possible and not rows.clashes(other, [first]):
                return other
    return None


def _in_scope(rule: OnlyOneRule, rows: RuleRows, values: Row) -> Row | None:
    """Return a new row with these values that the rule compares with others."""
    row = _compared(rule, rows, values)
    if row is None:
        row = _compared(rule, rows, {n: next(iter(rows.others(n)), None) for n in rule.columns} | values)
    return row


def _compared(rule: OnlyOneRule, rows: RuleRows, values: Row) -> Row | None:
    row = rows.meeting(rule.where, rows.new(values), tuple(values))
    row = rows.obeying_others(row) if row is not None else None
    return row if row is not None and row == row | values and _is_in_scope(rule, rows, row) else None


def _is_in_scope(rule: OnlyOneRule, rows: RuleRows, row: Row) -> bool:
    """Return whether the rule compares a row with others, and no other rule refuses it."""
    is_whole = all(row[name] is not None for name in rule.columns)
    is_in_scope = is_whole and all(meets(test, row, rows.table) for test in rule.where)
    return is_in_scope and rows.is_possible(row) and not rows.breaks_check(row)


def _different(rows: RuleRows, values: Row, name: str) -> Iterator[Row]:
    """Yield the values with another one in a column: of a new row, or one that the column may have."""
    for value in (rows.new()[name], *rows.others(name)):
        if value not in (None, values[name]):
            yield values | {name: value}


def _in_other_case(rule: OnlyOneRule, rows: RuleRows, first: Row) -> Row | None:
    values = {name: first[name] for name in rule.columns}
    changed = {n: v.swapcase() for n in rule.ignore_case if isinstance(v := values[n], str) and v.swapcase() != v}
    return _beside(rule, rows, first, values | changed) if changed else None


def _broken(rule: OnlyOneRule, rows: RuleRows) -> str:
    sql = rows.tests_of("c")
    columns = [sql.column(name) for name in rule.columns]
    compared = [
        f"lower({text})" if name in rule.ignore_case else text for name, text in zip(rule.columns, columns, strict=True)
    ]
    conditions = [f"{text} IS NOT NULL" for text in columns]
    conditions += [sql.scope(rule.where)] if rule.where else []
    table = rows.names.table(rows.table)
    groups = f"SELECT 1 FROM {table} c WHERE {' AND '.join(conditions)} GROUP BY {', '.join(compared)}"
    return f"SELECT count(*) FROM ({groups} HAVING count(*) > 1) twice"


DEFECTS = (
    Defect("nothing enforces the rule", "open_title ('a specimen'): accepted", actual=without_mechanism("open_title")),
    Defect(
        "the condition of the rule is ignored",
        "refused, although it is allowed",
        actual=rule_edit("open_title", where=()),
    ),
    Defect(
        "a column of the rule is missing",
        "refused, although it is allowed",
        actual=rule_edit("open_title", columns=("title",)),
    ),
)
