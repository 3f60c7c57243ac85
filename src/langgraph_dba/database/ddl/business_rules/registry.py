"""Add to a schema what enforces its business rules on one engine, one module per form."""

from collections.abc import Mapping
from typing import Any, Protocol

from langgraph_dba.database.ddl.business_rules import choose, holds, only_one
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import ENFORCED, EnforcedRule
from langgraph_dba.database.model.schema import Schema


class Mechanism(Protocol):
    """A module that enforces the rules of one form."""

    def name_of(self, rule: Any, /) -> str:
        """Return the name of the constraint or index that enforces a rule."""

    def with_mechanism(self, schema: Schema, rule: Any, traits: Traits, /) -> Schema:
        """Return the schema with what enforces a rule on an engine."""


MECHANISMS: Mapping[str, Mechanism] = {"only-one": only_one, "holds": holds, "choose": choose}


def with_mechanisms(schema: Schema, traits: Traits) -> Schema:
    """Return the schema with the mechanisms of its rules that it does not have already, as SQL of the engine.

    A part of a schema may lack the table of a rule, or a column.
    """
    for rule in schema.rules:
        mechanism = MECHANISMS.get(rule.form)
        if mechanism and isinstance(rule, ENFORCED) and not schema.has_name(mechanism.name_of(rule)):
            table = schema.find_table(rule.table)
            if table and rule.named_columns.issubset(table.column_names):
                schema = mechanism.with_mechanism(schema, rule, traits)
    return schema


def without_mechanism_of(schema: Schema, rule: EnforcedRule) -> Schema:
    """Return the schema without the constraint or index that enforces a rule."""
    name, table = MECHANISMS[rule.form].name_of(rule), schema.table(rule.table)
    parts = {
        kind: tuple(one for one in getattr(table, kind) if one.name != name)
        for kind in ("uniques", "checks", "indexes")
    }
    return schema.replace(table.with_(**parts))


def mechanism_names(schema: Schema) -> frozenset[str]:
    """Return the names of the constraints and indexes that enforce the rules of a schema."""
    return frozenset(MECHANISMS[rule.form].name_of(rule) for rule in schema.rules if rule.form in MECHANISMS)
