"""The cases of a bound that a row without others breaks, from a state of it on: at least so many, or exactly so much.

Allowed: the rows that reach the bound, then the state; fewer rows before it. Refused: the state with fewer rows, and
afterwards each way in which the number leaves the bound: a deletion, a move, a change of the scope or of an amount,
TRUNCATE where the engine refuses it, and a change of the bound itself.
"""

from collections.abc import Iterator

from langgraph_dba.database.data.rule_rows import Row
from langgraph_dba.database.proofs.kit.business_rules.bound_rows import BoundRows
from langgraph_dba.database.proofs.kit.business_rules.rule_rows import difference
from langgraph_dba.database.proofs.kit.interleavings import Race, Transaction
from langgraph_dba.database.proofs.kit.rule_trial import RuleCases

POLICIES = ("IGNORE", "FAIL")  # of SQLite: what a statement does when a constraint refuses a row


def needed_rows_cases(bound: BoundRows) -> RuleCases:
    """Return what is tried of a bound that needs rows."""
    full, more = bound.full(bound.one), bound.row(bound.step, bound.one)
    before = (*bound.prepared(), *bound.arrive(full))
    reached = (*before, *bound.enter(bound.one))
    allowed: list[Transaction] = [reached, (*bound.prepared(), *bound.arrive(full[:-1]))]
    if bound.rows.may_delete:
        allowed.append((*before, bound.rows.delete(full[-1])))
    if bound.rule.op == "at-least":
        extra = (*reached, *bound.rows.arrive(more))
        allowed.append((*extra, bound.rows.delete(more)) if bound.rows.may_delete else extra)
    return RuleCases(
        allowed=tuple(allowed),
        violations=(*_early(bound, full), *((*reached, *steps) for steps in _departures(bound, full, more))),
        races=tuple(_races(bound)),
        broken=bound.broken(),
        leaves_rows=False,
    )


def _early(bound: BoundRows, full: list[Row]) -> Iterator[Transaction]:
    """Yield transactions that bring a row into the state with too few rows, or none."""
    ready, enter = (*bound.prepared(), *bound.arrive(full[:-1])), bound.enter(bound.one)
    yield (*ready, *enter)
    if bound.rows.traits.replaces_unseen:
        *first, (sql, values) = enter
        for policy in POLICIES:
            yield (*ready, *first, (sql.replace("UPDATE", f"UPDATE OR {policy}", 1), values))
    if bound.bound:
        limit = {bound.rule.limit: bound.bound} if bound.rule.limit else {}
        new = bound.inside(bound.held.new()) | limit
        yield (bound.held.insert(new),)
        yield (bound.held.insert(new | {bound.rule.stored: bound.bound}),)


def _departures(bound: BoundRows, full: list[Row], more: Row) -> Iterator[Transaction]:
    """Yield what takes the number out of the bound after the state was reached."""
    rows, rule, last = bound.rows, bound.rule, full[-1]
    if rows.may_delete:
        yield (rows.delete(last),)
    yield rows.become(last, bound.beside(last, bound.other))
    emptied = {name: None for name in bound.reference(bound.one) if rows.table.column(name).nullable}
    if emptied:
        yield (rows.update(last, emptied),)
    for outside in rows.outside(rule.where, last):
        yield (rows.update(last, difference(last, outside)),)
    if rule.sums:
        steps = (-bound.step, bound.step) if rule.op == "is" else (-bound.step,)
        changed = [full[0][rule.sums] + step for step in steps]
        yield from ((rows.update(full[0], bound.amount(amount)),) for amount in changed if bound.is_in_range(amount))
    yield from ((rows.update(full[0], change),) for change in bound.turned(full[0]))
    if rule.limit:
        yield (bound.with_limit(bound.one, bound.bound + bound.limit_step),)
    if rule.op == "is":
        yield rows.arrive(more)
        moved = bound.row(bound.step, bound.one)
        aside = bound.beside(moved, bound.other)
        yield (*rows.arrive(aside), *rows.become(aside, moved))
        if rule.limit:
            yield (bound.with_limit(bound.one, bound.bound - bound.limit_step),)
    if rows.traits.sql_templates.refusal_of_truncate:
        yield (f"TRUNCATE {rows.names.table(rows.table)} CASCADE",)
    if rows.traits.sql_templates.by_statement:
        yield (bound.held.update(bound.one, {rule.stored: bound.bound + bound.step}),)


def _races(bound: BoundRows) -> Iterator[Race]:
    rows, full = bound.rows, bound.full(bound.one)
    ready, enter = (*bound.prepared(), *bound.arrive(full)), bound.enter(bound.one)
    leave = rows.become(full[-1], bound.beside(full[-1], bound.other))
    yield Race("the state, and a row that is moved", enter, leave, ready)
    if rows.may_delete:
        yield Race("the state, and a deletion", enter, (rows.delete(full[-1]),), ready)
    more = bound.row(bound.step, bound.one)
    if bound.rule.op == "is":
        yield Race("the state, and one more row", enter, rows.arrive(more), ready)
    elif rows.may_delete:
        spare = (*ready, *rows.arrive(more), *enter)
        yield Race("two deletions of rows, of which one may go", (rows.delete(full[-1]),), (rows.delete(more),), spare)
    if bound.rule.limit:
        changed = (bound.with_limit(bound.one, bound.bound + bound.limit_step),)
        yield Race("the state, and a higher bound", enter, changed, ready)
