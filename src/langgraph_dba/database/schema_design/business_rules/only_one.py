"""`only-one`: no two rows have the same values, among those that meet a condition."""

from langgraph_dba.database.model.business_rules import OnlyOneRule
from langgraph_dba.database.requirements.business_rules import OnlyOne
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError


def resolve(rule: OnlyOne, context: RuleContext) -> OnlyOneRule:
    """Return the rule over columns."""
    columns = context.columns(rule.of, rule.per)
    if not columns:
        raise NoMechanismError(
            "at most one row in all has no column that could be unique",
            "add an attribute that has the same value in every row, and name it in `per`",
        )
    return OnlyOneRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=context.table(rule.of).name,
        columns=columns,
        where=context.tests(rule.of, rule.where),
        ignore_case=context.columns(rule.of, rule.ignore_case),
    )
