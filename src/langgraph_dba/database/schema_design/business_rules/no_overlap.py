"""`no-overlap`: the periods of rows with the same values do not overlap, among those that meet a condition."""

from langgraph_dba.database.model.business_rules import NoOverlapRule
from langgraph_dba.database.requirements.business_rules import NoOverlap
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError

_SECOND_RULE = "write a second rule without `{key}`, which forbids overlaps; "


def resolve(rule: NoOverlap, context: RuleContext) -> NoOverlapRule:
    """Return the rule over columns."""
    table = context.table(rule.of)
    starts, ends = (context.column(rule.of, path) for path in rule.period)
    if rule.gaps == "forbidden":
        raise NoMechanismError(
            "an exclusion of overlaps accepts a gap between two periods",
            _SECOND_RULE.format(key="gaps")
            + "end a period and begin the next one in one transaction, and never delete one in between",
        )
    if rule.inside:
        raise NoMechanismError(
            "no mechanism of the design compares a period with that of another row yet",
            _SECOND_RULE.format(key="inside")
            + "compare the periods in the transaction that writes, with the other row locked (SELECT … FOR UPDATE)",
        )
    if len({path.rpartition(".")[0] for path in rule.period}) > 1:
        raise NoMechanismError(
            f"{' and '.join(f'`{path}`' for path in rule.period)} are columns of two rows, and make no period of one",
            "check it in the transaction that writes, with a row locked that all such transactions share",
        )
    columns, where = context.columns(rule.of, rule.per), context.tests(rule.of, rule.where)
    return NoOverlapRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=table.name,
        copies=context.copied_among(rule.of, (starts, ends), columns, where),
        columns=columns,
        starts=starts,
        ends=ends,
        last_included=rule.last_included,
        where=where,
    )
