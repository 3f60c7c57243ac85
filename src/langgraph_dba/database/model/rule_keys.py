"""The columns that business rules make unique: their unique indexes serve as any other index does."""

from collections.abc import Sequence

from langgraph_dba.database.model.business_rules import BusinessRule, OnlyOneRule


def keys_of_rules(rules: Sequence[BusinessRule], table: str) -> list[tuple[str, ...]]:
    """Return the columns that rules make unique over all rows of a table, as they are stored."""
    return [
        rule.columns
        for rule in rules
        if isinstance(rule, OnlyOneRule) and rule.table == table and not rule.where and not rule.ignore_case
    ]
