"""`holds`: a check constraint."""

import re
from collections.abc import Iterator
from decimal import Decimal

from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import ColumnTest, HoldsRule, Tests
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Condition, Meaning, Ordered, Range, Schema

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
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
        means=() if rule.if_ else _meanings(rule),
    )
    # a weaker check of the same columns would refuse the same rows first, under another name
    pairs = {(one.first, one.last) for one in check.means if isinstance(one, Ordered)}
    others = [one for one in table.checks if not (isinstance(one, Ordered) and (one.first, one.last) in pairs)]
    others = [one for one in others if rule.if_ or not (isinstance(one, Range) and _implies(rule.that, one))]
    return schema.replace(table.with_(checks=(*others, check)))


def _meanings(rule: HoldsRule) -> tuple[Meaning, ...]:
    """Return the parts of the check that can be read, without those of copies: no row's own value decides them."""
    own = rule.model_copy(update={"that": tuple(t for t in rule.that if not set(t.columns) & set(rule.copies))})
    return (*(_implied(test, name_of(rule)) for test in own.that if _is_order(test)), *_ranges(own))


def _implies(tests: Tests, check: Range) -> bool:
    """Return whether values that meet the tests are within the bounds of a check."""
    own = [(test.op, Decimal(test.values[0])) for test in tests if test.column == check.column and _is_bound(test)]
    low = check.low is None or any(op in ("at-least", "more-than", "is") and value >= check.low for op, value in own)
    high = check.high is None or any(op in ("at-most", "less-than", "is") and value <= check.high for op, value in own)
    return low and high


def _is_bound(test: ColumnTest) -> bool:
    has_number = len(test.values) == 1 and _NUMBER.fullmatch(test.values[0]) is not None
    return has_number and test.op in _EARLIER | _LATER | {"is"}


def _ranges(rule: HoldsRule) -> Iterator[Range]:
    """Yield the bounds that the tests put on numbers."""
    bounds = [test for test in rule.that if _is_bound(test) and test.op in ("at-least", "at-most")]
    for column in dict.fromkeys(test.column for test in bounds):
        own = {test.op: Decimal(test.values[0]) for test in bounds if test.column == column}
        yield Range(name=name_of(rule), column=column, low=own.get("at-least"), high=own.get("at-most"))


def _is_order(test: ColumnTest) -> bool:
    return bool(test.other) and not test.plus and test.op in _LATER | _EARLIER


def _implied(test: ColumnTest, name: str) -> Ordered:
    assert test.other
    first, last = (test.other, test.column) if test.op in _LATER else (test.column, test.other)
    return Ordered(name=name, first=first, last=last)
