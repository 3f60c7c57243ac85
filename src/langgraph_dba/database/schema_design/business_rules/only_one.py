"""`only-one`: no two rows have the same values, among those that meet a condition."""

from langgraph_dba.database.model.business_rules import OnlyOneRule
from langgraph_dba.database.requirements.business_rules import OnlyOne
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError
from langgraph_dba.database.schema_design.business_rules.without_mechanism import LOCK


def resolve(rule: OnlyOne, context: RuleContext) -> OnlyOneRule:
    """Return the rule over columns."""
    columns = context.columns(rule.of, rule.per)
    if not columns:
        raise NoMechanismError(
            "at most one row in all has no column that could be unique",
            "add an attribute that has the same value in every row, and name it in `per`",
        )
    where = context.tests(rule.of, rule.where)
    if context.copied_among(rule.of, columns):
        raise NoMechanismError(
            f"{' and '.join(rule.per)} are columns of two tables, and no mechanism makes them unique together yet",
            LOCK,
        )
    return OnlyOneRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=context.table(rule.of).name,
        columns=columns,
        copies=context.copied_among(rule.of, where),
        where=where,
        ignore_case=context.columns(rule.of, rule.ignore_case),
    )
