"""`frozen`: rows that are not changed and not deleted, from a state on."""

from langgraph_dba.database.model.business_rules import FrozenRule
from langgraph_dba.database.requirements.business_rules import Frozen
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError


def resolve(rule: Frozen, context: RuleContext) -> FrozenRule:
    """Return the rule over columns."""
    if rule.also:
        raise NoMechanismError(
            f"the rows of {', '.join(rule.also)} are in other tables, and no mechanism freezes two tables yet",
            "refuse their changes in the transaction that writes, with the row of "
            f"{rule.what} locked (SELECT … FOR SHARE)",
        )
    return FrozenRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=context.table(rule.what).name,
        once=context.tests(rule.what, rule.once),
        free=context.columns(rule.what, rule.except_),
        change=rule.change,
    )
