"""Add to a schema what enforces its business rules on one engine, one module per form."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from langgraph_dba.database.ddl.business_rules import bounds, choose, frozen, holds, no_overlap, only_one, states
from langgraph_dba.database.ddl.business_rules.refusals import routine_of
from langgraph_dba.database.ddl.copied_columns import limits_of_copies, presence_check_of, with_presence_checks
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import (
    ENFORCED,
    BusinessRule,
    CountRule,
    EnforcedRule,
    NoOverlapRule,
    NotEnforced,
    TotalRule,
)
from langgraph_dba.database.model.schema import Schema


class Mechanism(Protocol):
    """A module that enforces the rules of one form by a constraint or an index."""

    def name_of(self, rule: Any, /) -> str:
        """Return the name of the constraint or index that enforces a rule."""

    def with_mechanism(self, schema: Schema, rule: Any, traits: Traits, /) -> Schema:
        """Return the schema with what enforces a rule on an engine."""


class Triggers(Protocol):
    """A module that enforces the rules of one form by triggers."""

    def with_triggers(self, schema: Schema, rule: Any, traits: Traits, /) -> Schema:
        """Return the schema with the triggers of a rule on an engine."""


MECHANISMS: Mapping[str, Mechanism] = {
    "only-one": only_one,
    "holds": holds,
    "choose": choose,
    "no-overlap": no_overlap,
    "count": bounds,
    "total": bounds,
}
TRIGGERS: Mapping[str, Triggers] = {
    "states": states,
    "frozen": frozen,
    "keep": frozen,
    "no-overlap": no_overlap,
    "count": bounds,
    "total": bounds,
}
_LIMITS: Mapping[str, Callable[[Any, Traits], str]] = {
    "frozen": frozen.limits,
    "keep": frozen.limits,
    "count": bounds.limits,
    "total": bounds.limits,
}


def with_mechanisms(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the constraints and indexes of its rules that it does not have, as SQL of the engine."""
    for rule in _applicable(schema, traits):
        schema = with_presence_checks(schema, rule, traits)
        mechanism = MECHANISMS.get(rule.form)
        if mechanism and not schema.has_name(mechanism.name_of(rule)):
            schema = mechanism.with_mechanism(schema, rule, traits)
    return schema


def with_rule_triggers(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the triggers of its rules, as SQL of the engine."""
    for rule in _applicable(schema, traits):
        if triggers := TRIGGERS.get(rule.form):
            schema = triggers.with_triggers(schema, rule, traits)
    return schema


def _applicable(schema: Schema, traits: Traits) -> Iterator[EnforcedRule]:
    """Yield the rules that the engine can enforce and whose columns the schema has: it may be a part of the design."""
    for rule in schema.rules:
        table = schema.find_table(rule.table) if isinstance(rule, ENFORCED) else None
        has_columns = table and isinstance(rule, ENFORCED) and rule.named_columns.issubset(table.column_names)
        if isinstance(rule, CountRule | TotalRule):
            target = schema.find_table(rule.target)
            has_columns = has_columns and target and set(rule.target_columns).issubset(target.column_names)
        if has_columns and isinstance(rule, ENFORCED) and not not_enforced_on(schema, rule, traits):
            yield rule


def not_enforced_on(schema: Schema, rule: BusinessRule, traits: Traits) -> NotEnforced | None:
    """Return why an engine does not enforce a rule, None if it does, or if no engine does."""
    lack = no_overlap.lack_of(schema, rule, traits) if isinstance(rule, NoOverlapRule) else None
    if lack is None:
        return None
    said = {"id": rule.id, "words": rule.words, "because": rule.because}
    return NotEnforced(**said, wanted=rule.form, reason=lack[0], instead=lack[1])


def is_enforced(schema: Schema, rule: EnforcedRule) -> bool:
    """Return whether something of its own enforces a rule in the schema, beside keys that exist anyway."""
    return rule.form in TRIGGERS or schema.has_name(MECHANISMS[rule.form].name_of(rule))


def limits_of(rule: EnforcedRule, traits: Traits) -> str:
    """Return what the mechanism of a rule does not refuse on an engine; empty if it refuses everything."""
    own = _LIMITS[rule.form](rule, traits) if rule.form in _LIMITS else ""
    return "; ".join(filter(None, (own, limits_of_copies(rule, traits))))


def without_mechanism_of(schema: Schema, rule: EnforcedRule) -> Schema:
    """Return the schema without the rule, and without the constraints, indexes and periods that enforce it."""
    schema = schema.model_copy(update={"rules": tuple(one for one in schema.rules if one.id != rule.id)})
    # two rules may be about the same period
    shared = {no_overlap.period_name(one) for one in schema.rules if isinstance(one, NoOverlapRule)}
    names, table = frozenset(_names(rule)) - shared, schema.table(place_of(rule))
    parts = {
        kind: tuple(one for one in getattr(table, kind) if one.name not in names)
        for kind in ("uniques", "checks", "constraints", "indexes")
    }
    others = tuple(one for one in schema.others if one.name not in names)
    without = schema.replace(table.with_(**parts)).model_copy(update={"others": others})
    return _without_unneeded_checks(without, rule)


def _without_unneeded_checks(schema: Schema, rule: EnforcedRule) -> Schema:
    """Return the schema without the checks of the copies of a rule that no other rule names."""
    table = schema.table(rule.table)
    needed = {
        name for one in schema.rules if isinstance(one, ENFORCED) and one.table == rule.table for name in one.copies
    }
    gone = {presence_check_of(table, table.copies[name]) for name in rule.copies if name not in needed}
    return schema.replace(table.with_(checks=tuple(one for one in table.checks if one.name not in gone)))


def place_of(rule: EnforcedRule) -> str:
    """Return the table that has the constraint of a rule."""
    return rule.target if isinstance(rule, CountRule | TotalRule) else rule.table


def mechanism_names(schema: Schema) -> frozenset[str]:
    """Return the names of the constraints and indexes that enforce the rules of a schema."""
    return frozenset(name for rule in schema.rules if isinstance(rule, ENFORCED) for name in _names(rule))


def rule_names(schema: Schema) -> frozenset[str]:
    """Return the names by which engines report what the rules of a schema refuse."""
    return mechanism_names(schema) | {routine_of(rule) for rule in schema.rules if isinstance(rule, ENFORCED)}


def _names(rule: EnforcedRule) -> Iterator[str]:
    if mechanism := MECHANISMS.get(rule.form):
        yield mechanism.name_of(rule)
    if isinstance(rule, NoOverlapRule):
        yield from (no_overlap.check_name_of(rule), no_overlap.period_name(rule))
