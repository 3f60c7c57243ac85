"""The registry of schema rules, and the application of their fixes."""

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.rules.kit.base_types import with_base_types
from langgraph_dba.database.rules.kit.contradictions import added_contradictions
from langgraph_dba.database.rules.kit.differences import differences
from langgraph_dba.database.rules.kit.table_check import TableCheck
from langgraph_dba.database.rules.schema import (
    association_without_key,
    date_as_text,
    definer_function_search_path,
    definer_view_over_protected_table,
    delimiter_packed_column,
    duplicate_index,
    end_before_start,
    foreign_key_crosses_tenants,
    foreign_key_type_mismatch,
    free_text_status,
    instant_without_zone,
    missing_created_at,
    missing_foreign_key,
    missing_primary_key,
    money_as_float,
    name_value_table,
    name_without_noun,
    not_validated_constraint,
    nullable_unique_column,
    number_without_unit,
    personal_data_unmarked,
    policy_always_true,
    policy_without_row_security,
    repeating_group,
    reserved_name,
    row_security_without_policy,
    set_null_on_required_column,
    stored_secret,
    table_without_tenant,
    transitive_dependency,
    unchecked_amount,
    unconnected_table,
    unindexed_foreign_key,
    unique_across_tenants,
)
from langgraph_dba.findings import Finding, Registry, Rule, SchemaLocation

GROUP = "langgraph_dba.rules"
Fix = Callable[[Schema, SchemaLocation], Schema]
_LOG = logging.getLogger(__name__)


class SchemaRule(Rule[Schema], Protocol):
    """A schema rule; `fix` is None if the fix depends on a decision of the schema's owner."""

    @property
    def fix(self) -> Fix | None:
        """Return the schema with the finding at a location fixed, or unchanged if that is not possible."""


# Sorted by severity. Within a severity, rules that split tables come before rules that add columns and checks: fixes
# are applied in this order, and a check added to a column that later moves would need a second round.
RULES: tuple[SchemaRule, ...] = (
    missing_primary_key,
    money_as_float,
    foreign_key_crosses_tenants,
    policy_without_row_security,
    policy_always_true,
    stored_secret,
    table_without_tenant,
    unique_across_tenants,
    missing_foreign_key,
    foreign_key_type_mismatch,
    unindexed_foreign_key,
    set_null_on_required_column,
    instant_without_zone,
    date_as_text,
    transitive_dependency,
    repeating_group,
    association_without_key,
    delimiter_packed_column,
    row_security_without_policy,
    definer_view_over_protected_table,
    definer_function_search_path,
    name_value_table,
    name_without_noun,
    unconnected_table,
    not_validated_constraint,
    free_text_status,
    personal_data_unmarked,
    unchecked_amount,
    end_before_start,
    nullable_unique_column,
    duplicate_index,
    reserved_name,
    missing_created_at,
    number_without_unit,
)


REGISTRY = Registry(RULES, GROUP)


def find(schema: Schema) -> tuple[Finding, ...]:
    """Return all findings about a schema, sorted by severity, then in the order of the rules and of the tables.

    Rules see a column of a domain with the base type and the constraints of the domain.
    """
    return REGISTRY.find(with_base_types(schema))


def fix_all(schema: Schema, findings: Iterable[Finding]) -> tuple[Schema, list[str]]:
    """Apply every available fix for these findings; return the schema and one sentence for each change.

    A fix is applied only if it clears its finding and adds no contradiction to the schema. Findings that an earlier
    fix has cleared, and findings without a fix, are skipped.
    """
    changes: list[str] = []
    for finding in findings:
        fixed = _apply_fix(schema, finding)
        if fixed is not None:
            changes.append(f"{finding.rule}: {', '.join(differences(schema, fixed))}.")
            schema = fixed
    return schema, changes


def fix_of(rule: SchemaRule) -> Fix | None:
    """Return the fix of a rule, or None; rules of other packages may omit the attribute."""
    fix: Fix | None = getattr(rule, "fix", None)
    return fix


def _apply_fix(schema: Schema, finding: Finding) -> Schema | None:
    """Return the fixed schema; None if there is no fix, or if it fails, clears nothing or adds a contradiction."""
    rule, location = REGISTRY.get(finding.rule), finding.location
    fix = fix_of(rule) if rule else None
    if rule is None or fix is None or not isinstance(location, SchemaLocation) or not _reports(rule, schema, finding):
        return None
    try:
        fixed = fix(schema, location)
    except Exception:
        # An exception in our own rule is a bug; one in a rule of another package must not end the review.
        if rule in RULES:
            raise
        _LOG.exception("the fix of %s raised an exception", rule.__name__)
        return None
    # An existing schema may contain contradictions that are not the fix's fault: only new ones count.
    return None if added_contradictions(schema, fixed) or _reports(rule, fixed, finding) else fixed


def _reports(rule: SchemaRule, schema: Schema, finding: Finding) -> bool:
    return any(other.identity() == finding.identity() for other in _findings_near(rule, schema, finding))


def _findings_near(rule: SchemaRule, schema: Schema, finding: Finding) -> Iterable[Finding]:
    """Return the findings of a rule, only those of the finding's table if the rule can check one table."""
    schema = with_base_types(schema)  # as in `find`; fixes change the schema with its domains
    if not (rule in RULES and isinstance(rule.check, TableCheck) and isinstance(finding.location, SchemaLocation)):
        return REGISTRY.check(rule, schema)
    # a check of all tables before and after each fix made a review quadratic in the number of tables
    table = schema.find_table(finding.location.table)
    return rule.check.of_table(table, schema) if table else ()
