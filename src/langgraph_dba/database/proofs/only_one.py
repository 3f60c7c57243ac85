"""No two rows share the values that a business rule says exist once.

Each rule of the form `only-one` is tried with rows of a sample. Allowed: rows that differ in one of the columns, the
same values in rows outside of the rule's scope, and the values of a deleted row again. Refused: the same values by
INSERT, by one INSERT of two rows, by UPDATE of each column, and by bringing a row into the scope. Two transactions
insert the same values, and move two rows to the same values, at the same time: in each order, at the default isolation
level and the next one; the rows that are left decide.
"""

from langgraph_dba.database.data.rule_rows import Row
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
    twin = _in_scope(rule, rows, values)
    if twin is None:
        return None
    violations.append((*base, *rows.arrive(twin)))
    if cased := _in_other_case(rule, rows, values):
        violations += [(*base, *rows.arrive(cased))]
    neighbours: list[Row] = []
    for name in rule.columns:
        other = _in_scope(rule, rows, _different(rows, values, name))
        if other is not None and other[name] != values[name]:
            neighbours.append(other)
            arrival = (*base, *rows.arrive(other))
            allowed.append(arrival)
            same = {n: values[n] for n in rule.columns if other[n] != values[n]}
            violations.append((*arrival, *rows.change(other, same)))
    _add_pairs(rule, rows, values, violations)
    _add_others_in_scope(rule, rows, first, allowed, violations)
    if rows.may_delete:
        _add_reuse(rule, rows, values, allowed)
    return RuleCases(
        allowed=tuple(allowed),
        violations=tuple(violations),
        races=tuple(_races(rule, rows, values, neighbours)),
        broken=_broken(rule, rows),
        leaves_rows=False,
    )


def _add_pairs(rule: OnlyOneRule, rows: RuleRows, values: Row, violations: list[Transaction]) -> None:
    """Add an INSERT of two rows with the same new values."""
    one, two = (_in_scope(rule, rows, _different(rows, values, rule.columns[-1])) for _ in range(2))
    if one is not None and two is not None:
        violations.append(rows.written(one, two | {name: one[name] for name in rule.columns}))


def _add_others_in_scope(
    rule: OnlyOneRule, rows: RuleRows, first: Row, allowed: list[Transaction], violations: list[Transaction]
) -> None:
    """Add rows outside of the scope with the same values, and the updates that bring them into it."""
    values, base = {name: first[name] for name in rule.columns}, rows.arrive(first)
    for outside in rows.all_outside(rule.where, values):
        if any(outside[name] != value for name, value in values.items()) or rows.arrival(outside)[1]:
            continue  # a row that passes states on its way may be within the scope there
        allowed.append((*base, *rows.arrive(outside)))
        back = rows.meeting(rule.where, outside)
        if back is not None and (change := difference(outside, back)):
            violations.append((*base, *rows.arrive(outside), *rows.change(outside, change)))


def _add_reuse(rule: OnlyOneRule, rows: RuleRows, values: Row, allowed: list[Transaction]) -> None:
    """Add a row with the values of one that was deleted."""
    row = _in_scope(rule, rows, _different(rows, values, rule.columns[-1]))
    again = _in_scope(rule, rows, {name: row[name] for name in rule.columns}) if row else None
    if row is not None and again is not None:
        allowed.append((*rows.arrive(row), rows.delete(row), *rows.arrive(again)))


def _races(rule: OnlyOneRule, rows: RuleRows, values: Row, neighbours: list[Row]) -> list[Race]:
    one, two = (_in_scope(rule, rows, values) for _ in range(2))
    if one is None or two is None:
        return []
    races = [Race("two inserts of the same values", rows.arrive(one), rows.arrive(two))]
    if neighbours:
        moved = neighbours[0]
        change = {name: values[name] for name in rule.columns if moved[name] != values[name]}
        races.append(
            Race(
                "an insert, and an update to the same values",
                rows.arrive(one),
                rows.change(moved, change),
                rows.arrive(moved),
            )
        )
    return races


def _in_scope(rule: OnlyOneRule, rows: RuleRows, values: Row) -> Row | None:
    """Return a new row with these values that the rule compares with others."""
    row = rows.meeting(rule.where, rows.new(values), tuple(values))
    if row is None or any(row[name] is None for name in rule.columns):
        row = rows.new({n: next(iter(rows.others(n)), None) for n in rule.columns if n not in values} | values)
        row = rows.meeting(rule.where, row, tuple(values))
    return row if row is not None and all(row[name] is not None for name in rule.columns) else None


def _different(rows: RuleRows, values: Row, name: str) -> Row:
    """Return the values with another one in a column: of a new row, or one that the column may have."""
    fresh = rows.new()
    candidates = [fresh[name], *rows.others(name)]
    other = next((one for one in candidates if one is not None and one != values[name]), None)
    return values | {name: other}


def _in_other_case(rule: OnlyOneRule, rows: RuleRows, values: Row) -> Row | None:
    changed = {n: v.swapcase() for n in rule.ignore_case if isinstance(v := values[n], str) and v.swapcase() != v}
    return _in_scope(rule, rows, values | changed) if changed else None


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
