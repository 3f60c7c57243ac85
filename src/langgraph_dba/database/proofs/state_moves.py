"""A column starts in a first state and changes only along the moves of a business rule.

Each rule of the form `states` is tried with rows of a sample that are brought into every state that can be reached.
Allowed: each first state, and each move. Refused: to insert a row in any other state, and every change between two
states that is no move. Two transactions take different moves from one state, of which neither leads to the other: only
one of them may be left.
"""

from collections.abc import Iterator
from itertools import combinations, permutations

from langgraph_dba.database.data.rule_rows import Row, constant
from langgraph_dba.database.model.business_rules import StatesRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows
from langgraph_dba.database.proofs.kit.defect import Defect, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a state starts as a business rule says and changes only along its moves, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, states"
NEEDS = ()
_FORM = "states"


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, _FORM)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, (_FORM,), _cases)


def _cases(rule: StatesRule, rows: RuleRows) -> RuleCases | None:
    reached = [state for state in rows.states(rule) if rule.route(state)]
    allowed: list[Transaction] = []
    for state in rule.start:
        row = _row_in(state, rule, rows)
        allowed.append((rows.insert(row),))
    later = [state for state in rows.states(rule) if state not in rule.start]
    violations: list[Transaction] = [(rows.insert(_row_in(state, rule, rows)),) for state in later]
    for old, new in permutations(rows.states(rule), 2):
        if old in reached:
            row = _row_in(old, rule, rows)
            change = rows.update(row, _value(new, rule, rows))
            (allowed if (old, new) in rule.moves else violations).append((*rows.arrive(row), change))
    return RuleCases(tuple(allowed), tuple(violations), tuple(_races(rule, rows)), leaves_rows=False)


def _row_in(state: str, rule: StatesRule, rows: RuleRows) -> Row:
    return rows.obeying_others(rows.new() | _value(state, rule, rows))


def _value(state: str, rule: StatesRule, rows: RuleRows) -> Row:
    return {rule.column: constant(state, rows.table.column(rule.column).type)}


def _races(rule: StatesRule, rows: RuleRows) -> Iterator[Race]:
    """Yield races of two moves from one state, after which no move leads from the one to the other."""
    moves = set(rule.moves)
    for one, two in combinations(rule.moves, 2):
        apart = {(one[1], two[1]), (two[1], one[1])}
        if one[0] == two[0] and apart.isdisjoint(moves) and rule.route(one[0]):
            row = _row_in(one[0], rule, rows)
            log = rows.log((rule.column,))
            yield Race(
                f"moves from {one[0]} to {one[1]} and to {two[1]}",
                (rows.update(row, _value(one[1], rule, rows)), log.add(row)),
                (rows.update(row, _value(two[1], rule, rows)), log.add(row)),
                (*rows.arrive(row), log.create),
                broken=f"SELECT CASE WHEN count(*) > 1 THEN 1 ELSE 0 END FROM {log.name}",
            )
            return


DEFECTS = (
    Defect("nothing enforces the rule", "open_work ('a specimen'): accepted", actual=without_mechanism("open_work")),
    Defect(
        "a move is missing",
        "refused, although it is allowed",
        actual=rule_edit("open_work", moves=(("open", "done"),)),
    ),
    Defect(
        "every state is a first one",
        "open_work ('a specimen'): accepted",
        actual=rule_edit("open_work", start=("open", "done", "dropped")),
    ),
)
