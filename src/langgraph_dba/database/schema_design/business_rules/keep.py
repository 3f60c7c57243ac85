"""`keep`: rows are kept at least so long."""

from langgraph_dba.database.model.business_rules import KeptRule
from langgraph_dba.database.requirements.business_rules import Keep
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError

_MOMENTS = frozenset({"date", "instant", "local-datetime"})


def resolve(rule: Keep, context: RuleContext) -> KeptRule:
    """Return the rule over the moment from which on the rows are kept, by default that of their creation."""
    if not rule.at_least or rule.at_most or rule.on_request or rule.attributes:
        raise NoMechanismError(
            "no constraint is checked again when time passes, and nothing tells a request to erase from another one",
            "delete or empty what is due by a job",
        )
    table = context.table(rule.what)
    since = context.column(rule.what, rule.since) if rule.since else "created_at"
    if table.column(since).type.name not in _MOMENTS:
        raise NoMechanismError(f"`{since}` is no date", "name the date from which on the rows are kept in `since`")
    return KeptRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=table.name,
        since=since,
        span=rule.at_least,
        free=tuple(name for name in table.column_names if name != since),
    )
