"""What is tried of a rule that compares a row with the rows that it refers to, beside what is tried of its own row."""

from dataclasses import dataclass, field

from langgraph_dba.database.data.rule_rows import Row, breaks_check, meeting, meets, stepped
from langgraph_dba.database.model.business_rules import FrozenRule, HoldsRule, StatesRule
from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.proofs.kit.business_rules.referring_rows import ReferringRows
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import difference
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
    if _may_change(rows.schema, rows.table):
        cases.allowed.append((*rows.arrive(sound), *rows.prepare_move(sound), *rows.move(sound)))
    if rows.traits.checks_cascades and (other := _another_sound(rule, rows, sound)):
        cases.allowed.append((*rows.arrive(sound), *rows.change(sound, difference(sound, other))))
    for wrong in rows.outside(rule.that, sound):
        cases.violations += _forged(rule, rows, sound, wrong)
        changed = {name: wrong[name] for name in rule.copies if wrong[name] != sound[name]}
        if changed:
            moved = sound | changed
            cases.violations.append((*rows.arrive(sound), *rows.prepare_move(moved), *rows.move(moved)))
            cases.races += _races(rows, sound, changed)
    return cases


def _may_change(schema: Schema, table: Table, column: str = "") -> bool:
    """Return whether no other rule decides whether rows of a table, or one of their columns, may change."""
    frozen = (one for one in schema.rules if isinstance(one, FrozenRule) and one.table == table.name)
    states = (one for one in schema.rules if isinstance(one, StatesRule) and one.table == table.name)
    return not any(one.forbids_update for one in frozen) and not any(one.column == column for one in states)


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
    others = [one for one in rows.schema.rules if getattr(one, "table", "") == rows.table.name]
    for name in rule.copies:
        copy = rows.table.copies[name]
        if not _may_change(rows.schema, rows.schema.table(rows.table.foreign_key(copy.key).target), copy.source):
            continue
        type_ = rows.table.column(name).type
        # only keys of rows that exist can be referred to
        steps = [] if type_.name == "reference" else [stepped(sound[name], type_, sign) for sign in (1, -1)]
        for value in (*steps, *rows.others(name)):
            changed = sound | {name: value}
            if value in (None, sound[name]) or breaks_check(changed, others, rows.table):
                continue
            if all(meets(test, changed, rows.table) for test in (*rule.if_, *rule.that)):
                return changed
    return None


def _races(rows: ReferringRows, sound: Row, changed: Row) -> list[Race]:
    """Return races of a row that comes to refer to another one, which changes so that the row would break the rule."""
    new = rows.with_new_key(sound)
    arrival = Race(
        "a new row, and a change of the row that it refers to",
        rows.arrive_beside(new),
        rows.change(new, changed),
        rows.targets(new),
    )
    moved = Race(
        "a row that comes to refer to another one, and a change of that one",
        rows.move(sound),
        rows.change_target_of_move(sound, changed),
        (*rows.arrive(sound), *rows.prepare_move(sound)),
    )
    return [arrival, moved]
