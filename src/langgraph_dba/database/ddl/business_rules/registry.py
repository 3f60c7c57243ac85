"""Add to a schema what enforces its business rules on one engine, one module per form."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from langgraph_dba.database.ddl.business_rules import choose, holds, no_overlap, only_one
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import (
    ENFORCED,
    BusinessRule,
    EnforcedRule,
    NoOverlapRule,
    NotEnforced,
)
from langgraph_dba.database.model.schema import Schema


class Mechanism(Protocol):
    """A module that enforces the rules of one form."""

    def name_of(self, rule: Any, /) -> str:
        """Return the name of the constraint or index that enforces a rule."""

    def with_mechanism(self, schema: Schema, rule: Any, traits: Traits, /) -> Schema:
        """Return the schema with what enforces a rule on an engine."""


MECHANISMS: Mapping[str, Mechanism] = {
    "only-one": only_one,
    "holds": holds,
    "choose": choose,
    "no-overlap": no_overlap,
}


def with_mechanisms(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the mechanisms of its rules that it does not have already, as SQL of the engine.

    A part of a schema may lack the table of a rule, or a column.
    """
    for rule in schema.rules:
        mechanism = MECHANISMS.get(rule.form)
        if mechanism and isinstance(rule, ENFORCED) and not schema.has_name(mechanism.name_of(rule)):
            table = schema.find_table(rule.table)
            is_whole = table and rule.named_columns.issubset(table.column_names)
            if is_whole and not not_enforced_on(schema, rule, traits):
                schema = mechanism.with_mechanism(schema, rule, traits)
    return schema


def not_enforced_on(schema: Schema, rule: BusinessRule, traits: Traits) -> NotEnforced | None:
    """Return why an engine does not enforce a rule, None if it does, or if no engine does."""
    lack = no_overlap.lack_of(schema, rule, traits) if isinstance(rule, NoOverlapRule) else None
    if lack is None:
        return None
    said = {"id": rule.id, "words": rule.words, "because": rule.because}
    return NotEnforced(**said, wanted=rule.form, reason=lack[0], instead=lack[1])


def without_mechanism_of(schema: Schema, rule: EnforcedRule) -> Schema:
    """Return the schema without the constraints, indexes and periods that enforce the rule."""
    names, table = frozenset(_names(rule)), schema.table(rule.table)
    parts = {
        kind: tuple(one for one in getattr(table, kind) if one.name not in names)
        for kind in ("uniques", "checks", "constraints", "indexes")
    }
    others = tuple(one for one in schema.others if one.name not in names)
    return schema.replace(table.with_(**parts)).model_copy(update={"others": others})


def mechanism_names(schema: Schema) -> frozenset[str]:
    """Return the names of the constraints and indexes that enforce the rules of a schema."""
    return frozenset(name for rule in schema.rules if isinstance(rule, ENFORCED) for name in _names(rule))


def _names(rule: EnforcedRule) -> Iterator[str]:
    yield MECHANISMS[rule.form].name_of(rule)
    if isinstance(rule, NoOverlapRule):
        yield from (no_overlap.check_name_of(rule), no_overlap.period_name(rule))
