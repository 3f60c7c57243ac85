"""No row changes, and none is deleted, from the state on from which a business rule freezes it, or while it is kept.

Each rule of the forms `frozen` and `keep` is tried with rows of a sample. Allowed: every change before that state or
after that time, and those that the rule leaves free. Refused: an update of each other column, a deletion, TRUNCATE and
REPLACE where the engine has them. While one transaction brings a row into the state, another one changes or deletes it:
the row stays as the first one left it.
"""

import datetime as dt
from collections.abc import Iterator

from langgraph_dba.database.data.rule_rows import Row, later
from langgraph_dba.database.model.business_rules import FrozenRule, KeptRule
from langgraph_dba.database.proofs.kit.business_rules.rule_proof import obstacle_of, run_rules
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import RuleRows, difference
from langgraph_dba.database.proofs.kit.defect import Defect, rule_edit, without_mechanism
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases
from langgraph_dba.database.proofs.kit.subject import Subject
from langgraph_dba.evidence import CheckResult

CLAIM = "a row that a business rule freezes or keeps is neither changed nor deleted, whatever two transactions do"
CAPABILITY = "Data Integrity: business rules, immutability"
NEEDS = ()
_FORMS = ("frozen", "keep")


def obstacle(subject: Subject) -> str:
    """Return why the proof does not apply."""
    return obstacle_of(subject, *_FORMS)


def run(subject: Subject) -> CheckResult:
    """Try each rule."""
    return run_rules(subject, _FORMS, _cases)


def _cases(rule: FrozenRule, rows: RuleRows) -> RuleCases | None:
    frozen = _frozen(rule, rows)
    if frozen is None:
        return None
    arrival = rows.arrive(frozen)
    allowed: list[Transaction] = [arrival]
    violations: list[Transaction] = []
    for changes in _changes(rule, rows, frozen):
        (violations if _is_forbidden(changes, rule) else allowed).append((*arrival, rows.update(frozen, changes)))
    for outside in _outside(rule, rows, frozen):
        allowed.append((*rows.arrive(outside), rows.delete(outside)))
        allowed += [(*rows.arrive(outside), rows.update(outside, one)) for one in _changes(rule, rows, outside)]
    # a row to which others must refer is not deleted anyway, unless they are deleted with it
    if not rows.needs_others(frozen):
        (violations if rule.forbids_delete else allowed).append((*arrival, rows.delete(frozen)))
    if rule.forbids_delete:
        violations += [(*arrival, *steps) for steps in _emptied(rows, frozen)]
    return RuleCases(tuple(allowed), tuple(violations), tuple(_races(rule, rows, frozen)), leaves_rows=False)


def _is_forbidden(changes: Row, rule: FrozenRule) -> bool:
    return rule.forbids_update and not changes.keys() <= set(rule.free)


def _frozen(rule: FrozenRule, rows: RuleRows) -> Row | None:
    row = rows.meeting(rule.once, rows.new())
    if row is not None and isinstance(rule, KeptRule):
        row |= {rule.since: _moment(rule, row, days=-1)}
    return rows.obeying_others(row) if row is not None else None


def _outside(rule: FrozenRule, rows: RuleRows, frozen: Row) -> Iterator[Row]:
    """Yield rows that are not frozen yet, or not any more."""
    if isinstance(rule, KeptRule):
        # the last day of a month has no counterpart in each month: some days more
        value = later(_moment(rule, frozen, days=-4), rule.span, -1)
        yield rows.obeying_others(frozen | {rule.since: value})
    yield from map(rows.obeying_others, rows.outside(rule.once, frozen))


def _moment(rule: KeptRule, row: Row, *, days: int) -> dt.date:
    """Return a moment some days from now, in the form of the column."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=days)
    value = row[rule.since]
    if not isinstance(value, dt.datetime):
        return now.date()
    return now if value.tzinfo else now.replace(tzinfo=None)


def _changes(rule: FrozenRule, rows: RuleRows, row: Row) -> Iterator[Row]:
    """Yield a change of each column that is no part of the key and decides nothing about the state."""
    decided = {name for test in rule.once for name in test.columns}
    decided |= {derived.column for derived in rows.table.derived_columns}  # triggers write them
    decided |= set(rows.table.copies)
    for column in rows.table.writable_columns:
        if column.name in {*rows.table.row_key, *decided, rows.table.tenant_column}:
            continue
        values = [value for value in rows.choices(column.name) if value not in (row[column.name], None)]
        values += [None] if column.nullable else []
        others = (rows.obeying_others(row | {column.name: value}, column.name) for value in values)
        sound = (one for one in others if not rows.breaks_check(one) and rows.is_possible(one))
        changed = next((one for one in sound if not rows.clashes(one)), None)
        if changed is not None and (change := difference(row, changed)):
            yield change


def _emptied(rows: RuleRows, frozen: Row) -> Iterator[Transaction]:
    """Yield the statements that delete a frozen row in another way than DELETE."""
    if rows.traits.sql_templates.refusal_of_truncate:
        yield (f"TRUNCATE {rows.names.table(rows.table)} CASCADE",)
    if rows.needs_others(frozen):
        return
    if statement := rows.replace(frozen):
        yield (statement,)
    if rows.traits.replaces_unseen:
        other = rows.new()
        sql, values = rows.update(other, {name: frozen[name] for name in rows.table.row_key})
        yield (*rows.arrive(other), (sql.replace("UPDATE", "UPDATE OR REPLACE", 1), values))


def _races(rule: FrozenRule, rows: RuleRows, frozen: Row) -> Iterator[Race]:
    """Yield races of the change that freezes a row with an update and a deletion of it."""
    before = next(_outside(rule, rows, frozen), None)
    if before is None or isinstance(rule, KeptRule):  # time freezes no row, it only frees it
        return
    freezing = rows.update(before, {name: frozen[name] for name in difference(before, frozen)})
    changes = next((one for one in _changes(rule, rows, before) if _is_forbidden(one, rule)), None)
    others = {"update": rows.update(before, changes)} if changes else {}
    others |= {"deletion": rows.delete(before)} if rule.forbids_delete else {}
    for kind, other in others.items():
        log = rows.log(tuple(changes or ()))
        yield Race(
            f"the change that freezes a row, and its {kind}",
            (freezing, log.add(before)),
            (other,),
            (*rows.arrive(before, frozen), log.create),
            broken=log.changed(),
        )


DEFECTS = (
    Defect(
        "nothing enforces the rule", "kept_profile ('a specimen'): accepted", actual=without_mechanism("kept_profile")
    ),
    Defect(
        "the state of the rule is ignored",
        "refused, although it is allowed",
        actual=rule_edit("kept_profile", once=()),
    ),
    Defect(
        "a column may change that is not free",
        "kept_profile ('a specimen'): accepted",
        actual=rule_edit("kept_profile", free=("bio", "views")),
    ),
    Defect(
        "deletions are accepted",
        "kept_profile ('a specimen'): accepted: ",
        actual=rule_edit("kept_profile", change="delete-only"),
    ),
)
