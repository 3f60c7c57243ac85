"""What rules over paths demand of the rows that are referred to, so that rows can refer to any of them.

A row whose own value is free is changed until it obeys. One whose value something else decides (a unique key, a period
that is kept apart, another copy) cannot follow: then the rows that are referred to leave room for every value.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from langgraph_dba.database.model.business_rules import ColumnTest, HoldsRule, NoOverlapRule, OnlyOneRule, TestOperator
from langgraph_dba.database.model.schema import CopiedColumn, Schema, Table

_LATER: dict[TestOperator, bool] = {"after": True, "more-than": True, "not-before": False, "at-least": False}
_EARLIER: dict[TestOperator, bool] = {"before": True, "less-than": True, "not-after": False, "at-most": False}
_FIRST, _LAST = "1900-01-01", "2900-01-01"
_TIMES = ("date", "instant", "local-datetime")


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A column of a row and a copy; the copy bounds it from above or from below."""

    own: str
    copy: CopiedColumn
    is_above: bool
    is_strict: bool


def rules_of_targets(schema: Schema, table: Table) -> Iterator[HoldsRule]:
    """Yield what rules demand of rows of a table because others repeat their columns."""
    for rule in schema.rules:
        referring = schema.find_table(rule.table) if isinstance(rule, HoldsRule) and rule.copies else None
        if referring is None or not isinstance(rule, HoldsRule):
            continue
        for test in rule.that:
            copy = referring.copies.get(test.column)
            if copy and (test.values or test.op == "present") and referring.foreign_key(copy.key).target == table.name:
                yield _holds(rule, table, test.model_copy(update={"column": copy.source}))
        comparisons = list(_comparisons(rule, referring))
        yield from _ordered(rule, table, referring, comparisons)
        for one in comparisons:
            is_here = referring.foreign_key(one.copy.key).target == table.name
            if is_here and one.own in _decided(schema, referring, one.copy) and not _is_unique(schema, table, one.copy):
                yield from _with_room(rule, table, one)


def _holds(rule: HoldsRule, table: Table, *tests: ColumnTest) -> HoldsRule:
    return HoldsRule(id=rule.id, because=rule.title, table=table.name, that=tests)


def _comparisons(rule: HoldsRule, table: Table) -> Iterator[_Comparison]:
    """Yield the comparisons by which a rule orders a column of its row and a copy."""
    for test in rule.that:
        if test.other and (test.op in _LATER or test.op in _EARLIER):
            is_strict = {**_LATER, **_EARLIER}[test.op]
            for own, other in ((test.column, test.other), (test.other, test.column)):
                if other in table.copies and own not in table.copies:
                    is_above = (test.op in _EARLIER) == (own == test.column)
                    yield _Comparison(own, table.copies[other], is_above, is_strict)


def _ordered(
    rule: HoldsRule, table: Table, referring: Table, comparisons: Collection[_Comparison]
) -> Iterator[HoldsRule]:
    """Yield the order of two columns of one row between which a column of another row must be."""
    for low in (one for one in comparisons if not one.is_above):
        for high in (one for one in comparisons if one.is_above and one.own == low.own):
            if high.copy.key == low.copy.key and referring.foreign_key(low.copy.key).target == table.name:
                op: TestOperator = "after" if low.is_strict or high.is_strict else "not-before"
                is_time = table.column(low.copy.source).type.name in _TIMES
                room = "1 day" if is_time and low.is_strict and high.is_strict else ""
                test = ColumnTest(column=high.copy.source, op=op, other=low.copy.source, plus=room)
                yield _holds(rule, table, test)


def _decided(schema: Schema, table: Table, beside: CopiedColumn) -> set[str]:
    """Return the columns of a table's rows whose values something else decides than what a copy bounds."""
    found = {name for _, columns in table.unique_sets for name in columns}
    for rule in schema.rules:
        if getattr(rule, "table", "") != table.name:
            continue
        if isinstance(rule, OnlyOneRule):
            found.update(rule.columns)
        elif isinstance(rule, NoOverlapRule):
            found.update((rule.starts, rule.ends))
        elif isinstance(rule, HoldsRule):
            for test in rule.that:
                copies = [table.copies[name] for name in test.columns if name in table.copies]
                if test.other and any(one.key != beside.key or test.op == "is" for one in copies):
                    found.update(test.columns)
    return found - table.copies.keys()


def _is_unique(schema: Schema, table: Table, copy: CopiedColumn) -> bool:
    """Return whether rows with the same value in the source of a copy may break a key or overlap."""
    keys = [set(columns) for _, columns in table.unique_sets]
    rules = (one for one in schema.rules if isinstance(one, OnlyOneRule | NoOverlapRule) and one.table == table.name)
    return any(copy.source in columns for columns in (*keys, *(rule.named_columns for rule in rules)))


def _with_room(rule: HoldsRule, table: Table, one: _Comparison) -> Iterator[HoldsRule]:
    if table.column(one.copy.source).type.name in _TIMES:
        op: TestOperator = "not-before" if one.is_above else "not-after"
        values = (_LAST if one.is_above else _FIRST,)
        yield _holds(rule, table, ColumnTest(column=one.copy.source, op=op, values=values))
