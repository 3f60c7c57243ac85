"""`holds`: a condition on every row, or on those that meet another one."""

from langgraph_dba.database.model.business_rules import HoldsRule
from langgraph_dba.database.requirements.business_rules import Holds
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError


def resolve(rule: Holds, context: RuleContext) -> HoldsRule:
    """Return the rule over columns."""
    if rule.when == "on-insert":
        raise NoMechanismError(
            "a check constraint holds for every change of a row, not only for its insertion",
            "check it in the transaction that inserts the row",
        )
    that, if_ = context.tests(rule.of, rule.that), context.tests(rule.of, rule.if_)
    present = [test.column for test in that if test.op == "present" and not if_]
    return HoldsRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=context.table(rule.of).name,
        copies=context.copied_among(rule.of, that, if_, present=present),
        that=that,
        if_=if_,
    )
