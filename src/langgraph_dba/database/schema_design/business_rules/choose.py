"""`choose`: exactly, at least or at most one of several columns has a value, or all or none."""

from langgraph_dba.database.model.business_rules import ChooseRule
from langgraph_dba.database.requirements.business_rules import Choose
from langgraph_dba.database.schema_design.business_rules.context import RuleContext


def resolve(rule: Choose, context: RuleContext) -> ChooseRule:
    """Return the rule over columns."""
    return ChooseRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=context.table(rule.of).name,
        number=rule.number,
        columns=context.columns(rule.of, rule.among),
    )
