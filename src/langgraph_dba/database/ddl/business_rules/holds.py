"""`holds`: a check constraint."""

from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import ColumnTest, HoldsRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Condition, Ordered, Schema

_LATER = frozenset({"after", "not-before", "more-than", "at-least"})
_EARLIER = frozenset({"before", "not-after", "less-than", "at-most"})


def name_of(rule: HoldsRule) -> str:
    """Return the name of the check."""
    return fit_name(f"{rule.table}_{rule.id}_check")


def with_mechanism(schema: Schema, rule: HoldsRule, traits: Traits) -> Schema:
    """Return the schema with the check."""
    table = schema.table(rule.table)
    sql = TestsSql(table, traits)
    demand = sql.demand(rule.that)
    name = name_of(rule)
    columns = dict.fromkeys(column for test in (*rule.if_, *rule.that) for column in test.columns)
    check = Condition(
        name=name,
        sql=f"NOT ({sql.scope(rule.if_)}) OR ({demand})" if rule.if_ else demand,
        columns=tuple(columns),
        means=() if rule.if_ else tuple(_implied(test, name) for test in rule.that if _is_order(test)),
    )
    # a weaker check of the same columns would refuse the same rows first, under another name
    pairs = {(one.first, one.last) for one in check.means if isinstance(one, Ordered)}
    others = (one for one in table.checks if not (isinstance(one, Ordered) and (one.first, one.last) in pairs))
    return schema.replace(table.with_(checks=(*others, check)))


def _is_order(test: ColumnTest) -> bool:
    return bool(test.other) and not test.plus and test.op in _LATER | _EARLIER


def _implied(test: ColumnTest, name: str) -> Ordered:
    assert test.other
    first, last = (test.other, test.column) if test.op in _LATER else (test.column, test.other)
    return Ordered(name=name, first=first, last=last)
