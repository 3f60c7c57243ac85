"""Convert the business rules of requirements to those of a schema, one module per form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langgraph_dba.database.model.business_rules import (
    ENFORCED,
    Allowed,
    BusinessRule,
    CountRule,
    FrozenRule,
    NotEnforced,
    TotalRule,
)
from langgraph_dba.database.model.schema import ForeignKey, Table
from langgraph_dba.database.requirements.business_rules import AnyRule, Free
from langgraph_dba.database.requirements.model import Requirements
from langgraph_dba.database.schema_design.business_rules import (
    bounds,
    choose,
    frozen,
    holds,
    keep,
    no_overlap,
    only_one,
    states,
)
from langgraph_dba.database.schema_design.business_rules.bounds import with_stored_numbers
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.copies import with_copied_columns
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError
from langgraph_dba.database.schema_design.business_rules.without_mechanism import REASONS

_FORMS: Mapping[str, Callable[[Any, RuleContext], BusinessRule]] = {
    "only-one": only_one.resolve,
    "holds": holds.resolve,
    "choose": choose.resolve,
    "count": bounds.resolve_count,
    "total": bounds.resolve_total,
    "no-overlap": no_overlap.resolve,
    "states": states.resolve,
    "frozen": frozen.resolve,
    "keep": keep.resolve,
}


_FOLLOWING = frozenset(
    {"holds", "no-overlap", "only-one", "count", "total"}
)  # forms whose paths may lead to another row


def resolve_rules(requirements: Requirements, tables: Sequence[Table]) -> tuple[tuple[BusinessRule, ...], list[Table]]:
    """Return the business rules of a schema, in the order of the requirements, and the tables with what they need."""
    context = RuleContext(requirements, {table.entity: table for table in reversed(tables) if table.entity})
    rules = tuple(_resolve(rule, replace(context, follows=rule.form in _FOLLOWING)) for rule in requirements.rules)
    tables = with_kept_references(with_copied_columns(tables, context.copies, rules), rules)
    return rules, with_stored_numbers(tables, rules)


def _resolve(rule: AnyRule, context: RuleContext) -> BusinessRule:
    said = {"id": rule.id, "words": rule.words, "because": rule.because}
    if isinstance(rule, Free):
        return Allowed(**said, what=rule.what, may=rule.may)
    form: str = rule.form
    if form not in _FORMS:
        reason, instead = REASONS[form]
        return NotEnforced(**said, wanted=form, reason=reason, instead=instead)
    try:
        return _FORMS[form](rule, context)
    except NoMechanismError as lack:
        return NotEnforced(**said, wanted=form, reason=lack.reason, instead=lack.instead)


def with_kept_references(tables: Sequence[Table], rules: Sequence[BusinessRule]) -> list[Table]:
    """Return the tables in which no deletion empties a reference that a rule names.

    The row would then break the rule, or leave its scope without anybody's decision; and MariaDB refuses a check or a
    generated column over a column that a foreign key can empty. No deletion deletes or changes frozen or counted rows
    of another table either: on MariaDB those of a foreign key run no trigger.
    """
    return [_with_kept_references(table, [rule for rule in rules if _is_about(rule, table)]) for table in tables]


def _is_about(rule: BusinessRule, table: Table) -> bool:
    if isinstance(rule, CountRule | TotalRule) and rule.target == table.name:
        return True
    return isinstance(rule, ENFORCED) and rule.table == table.name


def _with_kept_references(table: Table, rules: Sequence[BusinessRule]) -> Table:
    own = [rule for rule in rules if isinstance(rule, ENFORCED) and rule.table == table.name]
    names = {name for rule in own for name in rule.named_columns}
    targeted = [rule for rule in rules if isinstance(rule, CountRule | TotalRule) and rule.target == table.name]
    names |= {name for rule in targeted for name in rule.target_columns}
    frozen_ = [rule for rule in own if isinstance(rule, FrozenRule)]
    counted = {rule.key for rule in own if isinstance(rule, CountRule | TotalRule)}
    # a copy without its reference would be the value of no row
    copied = {copy.key for copy in table.copied_columns if copy.column in names}

    def is_kept(key: ForeignKey) -> bool:
        if key.on_delete == "set-null":
            is_frozen = any(one.forbids_update and not set(key.null_columns) <= set(one.free) for one in frozen_)
            return is_frozen or key.name in counted or key.name in copied or not names.isdisjoint(key.null_columns)
        is_counted = bool(counted) and key.name not in counted
        return key.on_delete == "cascade" and (is_counted or any(one.forbids_delete for one in frozen_))

    if not any(map(is_kept, table.foreign_keys)):
        return table
    keys = (
        key.model_copy(update={"on_delete": "restrict", "null_columns": ()}) if is_kept(key) else key
        for key in table.foreign_keys
    )
    return table.with_(foreign_keys=tuple(keys))
