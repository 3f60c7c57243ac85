"""The rules: each is one file that says what is wrong with a schema, why, and what to write instead."""

from collections.abc import Iterable, Sequence
from types import ModuleType

from langgraph_dba.database.rules import (
    delimiter_packed_column,
    duplicate_index,
    end_before_start,
    foreign_key_crosses_tenants,
    free_text_status,
    instant_without_zone,
    missing_created_at,
    missing_foreign_key,
    missing_primary_key,
    money_as_float,
    nullable_unique_column,
    personal_data_unmarked,
    repeating_group,
    reserved_name,
    set_null_on_required_column,
    table_without_tenant,
    transitive_dependency,
    unchecked_amount,
    unindexed_foreign_key,
)
from langgraph_dba.database.rules.differences import differences
from langgraph_dba.database.rules.finding import SEVERITIES, Finding, Severity, rule_name
from langgraph_dba.database.rules.score import BANDS, FORMULA, WEIGHTS, Band, band, score
from langgraph_dba.database.rules.soundness import breaks
from langgraph_dba.database.schema.model import Schema

__all__ = [
    "BANDS",
    "FORMULA",
    "RULES",
    "WEIGHTS",
    "Band",
    "Finding",
    "Severity",
    "band",
    "find",
    "mend_all",
    "rule_name",
    "score",
]

# The gravest first, and what shapes tables before what fills in their details: mending follows this order.
RULES: tuple[ModuleType, ...] = (
    missing_primary_key,
    money_as_float,
    foreign_key_crosses_tenants,
    table_without_tenant,
    missing_foreign_key,
    unindexed_foreign_key,
    set_null_on_required_column,
    instant_without_zone,
    transitive_dependency,
    repeating_group,
    delimiter_packed_column,
    free_text_status,
    personal_data_unmarked,
    unchecked_amount,
    end_before_start,
    nullable_unique_column,
    duplicate_index,
    reserved_name,
    missing_created_at,
)


def find(schema: Schema, *, rules: Sequence[ModuleType] = RULES) -> tuple[Finding, ...]:
    """Return every finding, the gravest first, then in the order of the rules and of the tables."""
    found = [finding for rule in rules for finding in rule.check(schema)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def mend_all(schema: Schema, findings: Iterable[Finding]) -> tuple[Schema, list[str]]:
    """Apply every mending there is for these findings; return the schema and one sentence for each change.

    A mending counts only if it clears its finding and leaves a schema that holds together. What cannot be mended is
    left, and so is what an earlier change has settled already.
    """
    changes: list[str] = []
    for finding in findings:
        mended = _mended(schema, finding)
        if mended is not None:
            changes.append(f"{finding.rule}: {', '.join(differences(schema, mended))}.")
            schema = mended
    return schema, changes


def _mended(schema: Schema, finding: Finding) -> Schema | None:
    rule = next((rule for rule in RULES if rule_name(rule.__name__) == finding.rule), None)
    if rule is None or not hasattr(rule, "mend") or not _stands(rule, schema, finding):
        return None
    mended: Schema = rule.mend(schema, finding)
    broken = set(breaks(mended)) - set(breaks(schema))
    return None if broken or _stands(rule, mended, finding) else mended


def _stands(rule: ModuleType, schema: Schema, finding: Finding) -> bool:
    return any(found.place == finding.place for found in rule.check(schema))
