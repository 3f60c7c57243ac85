"""`states`: the first values of an attribute, and the changes between its values."""

from langgraph_dba.database.model.business_rules import StatesRule
from langgraph_dba.database.requirements.business_rules import States
from langgraph_dba.database.schema_design.business_rules.context import RuleContext


def resolve(rule: States, context: RuleContext) -> StatesRule:
    """Return the rule over a column."""
    entity, _, path = rule.of.partition(".")
    return StatesRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=context.table(entity).name,
        column=context.column(entity, path),
        start=rule.start,
        moves=tuple((old, new) for old, others in rule.moves.items() for new in others if new != old),
    )
