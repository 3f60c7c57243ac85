"""Add to a schema what enforces its business rules on one engine, one module per form."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from langgraph_dba.database.ddl.business_rules import choose, frozen, holds, only_one, states
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import ENFORCED, EnforcedRule
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


MECHANISMS: Mapping[str, Mechanism] = {"only-one": only_one, "holds": holds, "choose": choose}
TRIGGERS: Mapping[str, Triggers] = {"states": states, "frozen": frozen}
_LIMITS: Mapping[str, Callable[[Any, Traits], str]] = {"frozen": frozen.limits}


def with_mechanisms(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the constraints and indexes of its rules that it does not have, as SQL of the engine."""
    for rule in _applicable(schema):
        mechanism = MECHANISMS.get(rule.form)
        if mechanism and not schema.has_name(mechanism.name_of(rule)):
            schema = mechanism.with_mechanism(schema, rule, traits)
    return schema


def with_rule_triggers(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the triggers of its rules, as SQL of the engine."""
    for rule in _applicable(schema):
        if triggers := TRIGGERS.get(rule.form):
            schema = triggers.with_triggers(schema, rule, traits)
    return schema


def _applicable(schema: Schema) -> Iterator[EnforcedRule]:
    """Yield the rules whose table and columns the schema has: it may be a part of the designed one."""
    for rule in schema.rules:
        table = schema.find_table(rule.table) if isinstance(rule, ENFORCED) else None
        if table and isinstance(rule, ENFORCED) and rule.named_columns.issubset(table.column_names):
            yield rule


def is_enforced(schema: Schema, rule: EnforcedRule) -> bool:
    """Return whether something of its own enforces a rule in the schema, beside keys that exist anyway."""
    return rule.form in TRIGGERS or schema.has_name(MECHANISMS[rule.form].name_of(rule))


def limits_of(rule: EnforcedRule, traits: Traits) -> str:
    """Return what the mechanism of a rule does not refuse on an engine; empty if it refuses everything."""
    return _LIMITS[rule.form](rule, traits) if rule.form in _LIMITS else ""


def without_mechanism_of(schema: Schema, rule: EnforcedRule) -> Schema:
    """Return the schema without the rule, and without the constraint or index that enforces it."""
    schema = schema.model_copy(update={"rules": tuple(one for one in schema.rules if one.id != rule.id)})
    if rule.form not in MECHANISMS:
        return schema
    name, table = MECHANISMS[rule.form].name_of(rule), schema.table(rule.table)
    parts = {
        kind: tuple(one for one in getattr(table, kind) if one.name != name)
        for kind in ("uniques", "checks", "indexes")
    }
    return schema.replace(table.with_(**parts))


def mechanism_names(schema: Schema) -> frozenset[str]:
    """Return the names of the constraints and indexes that enforce the rules of a schema."""
    return frozenset(MECHANISMS[rule.form].name_of(rule) for rule in schema.rules if rule.form in MECHANISMS)
