"""The registry of rules about the condition of a live database."""

from langgraph_dba.database.engines import LiveCondition
from langgraph_dba.database.rules.live import (
    collation_version_mismatch,
    integrity_violation,
    invalid_index,
    key_near_its_end,
    login_owns_tables,
    login_with_all_privileges,
    missing_replica_identity,
    missing_statistics,
    non_transactional_table,
    outdated_extension,
    schema_open_to_all,
    sequence_behind_column,
    transaction_ids_run_out,
)
from langgraph_dba.findings import Finding, Registry, Rule

LIVE_GROUP = "langgraph_dba.live_rules"
LiveRule = Rule[LiveCondition]

# Sorted by severity; a rule may report less dangerous cases with a lower one.
LIVE_RULES: tuple[LiveRule, ...] = (
    integrity_violation,
    sequence_behind_column,
    key_near_its_end,
    collation_version_mismatch,
    transaction_ids_run_out,
    login_owns_tables,
    login_with_all_privileges,
    invalid_index,
    missing_replica_identity,
    non_transactional_table,
    schema_open_to_all,
    missing_statistics,
    outdated_extension,
)

LIVE_REGISTRY = Registry(LIVE_RULES, LIVE_GROUP)


def find_live(condition: LiveCondition) -> tuple[Finding, ...]:
    """Return all findings about a live database, sorted by severity, then in the order of the rules and records.

    Nothing is found in what could not be read: `condition.unreadable` lists it.
    """
    return LIVE_REGISTRY.find(condition)
