"""What is tried of a rule that compares a row with the rows that it refers to, beside what is tried of its own row."""

from dataclasses import dataclass, field

from langgraph_dba.database.data.rule_rows import Row, meeting, meets, stepped
from langgraph_dba.database.model.business_rules import FrozenRule, HoldsRule, StatesRule
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.proofs.kit.business_rules.referring_rows import ReferringRows
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction


@dataclass(slots=True)
class CasesOverPaths:
    """Transactions that are allowed, those that must be refused, and races."""

    allowed: list[Transaction] = field(default_factory=list)
    violations: list[Transaction] = field(default_factory=list)
    races: list[Race] = field(default_factory=list)


def cases_over_paths(rule: HoldsRule, rows: ReferringRows, sound: Row) -> CasesOverPaths:
    """Return the cases in which a row refers to another one, the other one changes, or the copy is written."""
    cases = CasesOverPaths()
    if rows.traits.checks_cascades and (other := _another_sound(rule, rows, sound)):
        cases.allowed.append((*rows.arrive(sound), *rows.change(sound, difference(sound, other))))
    for wrong in rows.outside(rule.that, sound):
        cases.violations += _forged(rule, rows, sound, wrong)
        if changed := _changed_copies(rule, sound, wrong):
            cases.races.append(_race_of_arrival(rows, sound, changed))
    raised = (raised_row(rule, rows, sound, steps) for steps in range(MOST_STEPS))
    new = next((one for one in raised if _is_sound(rule, rows, one) and rows.can_move(sound, one)), None)
    if new is not None:
        _add_moves(rule, rows, sound, new, cases)
    return cases


def _may_change(schema: Schema, table: Table, column: str = "") -> bool:
    """Return whether no other rule decides whether rows of a table, or one of their columns, may change."""
    frozen = (one for one in schema.rules if isinstance(one, FrozenRule) and one.table == table.name)
    states = (one for one in schema.rules if isinstance(one, StatesRule) and one.table == table.name)
    return not any(one.forbids_update for one in frozen) and not any(one.column == column for one in states)


def _is_sound(rule: HoldsRule, rows: ReferringRows, row: Row) -> bool:
    meets_all = all(meets(test, row, rows.table) for test in (*rule.if_, *rule.that))
    return meets_all and rows.is_possible(row) and not rows.breaks_check(row)


def _changed_copies(rule: HoldsRule, row: Row, wrong: Row) -> Row:
    return {name: wrong[name] for name in rule.copies if wrong[name] != row[name]}


def _add_moves(rule: HoldsRule, rows: ReferringRows, row: Row, new: Row, cases: CasesOverPaths) -> None:
    """Add the updates by which a row comes to refer to another one: that of a new row, and with wrong values."""
    ready = (*rows.arrive(row), *rows.prepare_move(new))
    if _may_change(rows.schema, rows.table):
        cases.allowed.append((*ready, *rows.move(row, new)))
    for wrong in rows.outside(rule.that, new):
        if not (changed := _changed_copies(rule, new, wrong)):
            continue
        moved = new | changed
        if rows.can_move(row, moved):
            cases.violations.append((*rows.arrive(row), *rows.prepare_move(moved), *rows.move(row, moved)))
        label = "a row that comes to refer to another one, and a change of that one"
        cases.races.append(Race(label, rows.move(row, new), rows.change_target_of_move(new, changed), ready))


def _forged(rule: HoldsRule, rows: ReferringRows, sound: Row, wrong: Row) -> list[Transaction]:
    """Return the insertion and the update of a row that breaks the rule, with copies by which it would meet it."""
    own = tuple(name for name in rule.named_columns if name not in rule.copies)
    claimed = meeting(rule.that, wrong, rows.table, rows.others, own)
    if claimed is None or not all(meets(test, claimed, rows.table) for test in rule.if_):
        return []
    row = rows.with_new_key(wrong)
    forged = [rows.forged(row, row | {name: claimed[name] for name in rule.copies})]
    changes = difference(sound, claimed)
    if any(wrong[name] != sound[name] for name in own):
        forged.append((*rows.arrive(sound), rows.update(sound, changes)))
    return forged


def _another_sound(rule: HoldsRule, rows: ReferringRows, sound: Row) -> Row | None:
    """Return the row with another copy with which it obeys all rules of its table."""
    for name in rule.copies:
        copy = rows.table.copies[name]
        if not _may_change(rows.schema, rows.schema.table(rows.table.foreign_key(copy.key).target), copy.source):
            continue
        type_ = rows.table.column(name).type
        # only keys of rows that exist can be referred to
        steps = [] if type_.name == "reference" else [stepped(sound[name], type_, sign) for sign in (1, -1)]
        for value in (*steps, *rows.others(name)):
            changed = sound | {name: value}
            if value in (None, sound[name]) or rows.breaks_check(changed) or not rows.is_possible(changed):
                continue
            if all(meets(test, changed, rows.table) for test in (*rule.if_, *rule.that)):
                return changed
    return None


def _race_of_arrival(rows: ReferringRows, sound: Row, changed: Row) -> Race:
    """Return the race of a new row with a change of the row that it refers to, by which it would break the rule."""
    new = rows.with_new_key(sound)
    label = "a new row, and a change of the row that it refers to"
    return Race(label, rows.arrive_beside(new), rows.change(new, changed), rows.targets(new))


def raised_row(rule: HoldsRule, rows: RuleRows, row: Row, steps: int) -> Row:
    """Return the row with larger values in the columns that the rule orders."""
    ordered = (test for test in rule.that if test.other and test.op in ORDERS)
    for name in {name: None for test in ordered for name in test.columns}:
        for _ in range(steps):
            value = stepped(row[name], rows.table.column(name).type, 1)
            row = row if value is None else row | {name: value}
    return row


MOST_STEPS = 8
ORDERS = frozenset({"after", "not-before", "more-than", "at-least", "before", "not-after", "less-than", "at-most"})
