"""The business rules that rows of a table obey when they are made: its own, and what bounds over several rows need."""

from collections.abc import Iterator
from decimal import Decimal

from langgraph_dba.database.data.rule_rows import OPPOSITES
from langgraph_dba.database.data.rules_of_targets import rules_of_targets
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import (
    BusinessRule,
    ColumnTest,
    CountRule,
    HoldsRule,
    TestOperator,
    TotalRule,
)
from langgraph_dba.database.model.schema import Range, Schema, Table

_REFERRING = 100  # rows that refer to one row, at most: their sum stays within its bound
_ROOM = Decimal(100_000)


def rules_of_rows(schema: Schema, table: Table) -> tuple[BusinessRule, ...]:
    """Return the rules of a table, with one for each column on which the bound of a number or a sum depends.

    A row's own bound is high enough, and its amount small enough, for the rows of a sample.
    """
    own = (rule for rule in schema.rules if getattr(rule, "table", "") == table.name)
    bounds = (rule for rule in schema.rules if isinstance(rule, CountRule | TotalRule))
    return (*own, *(needed for rule in bounds for needed in _needed(table, rule)), *rules_of_targets(schema, table))


def _needed(table: Table, rule: CountRule | TotalRule) -> Iterator[HoldsRule]:
    if rule.target_once and rule.op != "at-most":
        if rule.target == table.name:
            yield from _before_state(rule, table)
        return
    is_most = rule.op == "at-most"
    if rule.limit and rule.target == table.name:
        yield _holds(rule, rule.limit, "at-least" if is_most else "at-most", _ROOM if is_most else Decimal(0), table)
    if rule.sums and rule.table == table.name:
        if not is_most:
            yield _holds(rule, rule.sums, "at-least", Decimal(0), table)
            for test in rule.subtracts:
                yield HoldsRule(id=rule.id, because=rule.title, table=table.name, that=_opposite(test, table))
        elif not rule.limit:
            yield _holds(rule, rule.sums, "at-most", Decimal(rule.value) / _REFERRING, table)


def _before_state(rule: CountRule | TotalRule, table: Table) -> Iterator[HoldsRule]:
    """Yield the rule that a row is not yet in the state from which on a bound holds: no row refers to it yet."""
    for test in rule.target_once:
        if outside := _opposite(test, table):
            others = tuple(one for one in rule.target_once if one is not test)
            yield HoldsRule(id=rule.id, because=rule.title, table=table.name, if_=others, that=outside)
            return


def _opposite(test: ColumnTest, table: Table) -> tuple[ColumnTest, ...]:
    """Return the tests that a row meets exactly if it does not meet another one; empty if each row meets it."""
    column = table.column(test.column)
    listed = ("true", "false") if column.type.name == "boolean" else table.listed_values(test.column)
    if test.values and listed and test.op in ("is", "in"):
        rest = tuple(value for value in listed if value not in test.values)
        return (ColumnTest(column=test.column, op="in", values=rest),) if rest else ()
    if test.op == "in":
        return tuple(ColumnTest(column=test.column, op="is-not", values=(value,)) for value in test.values)
    if test.op == "present" and not column.nullable:
        return ()
    return (test.model_copy(update={"op": OPPOSITES[test.op]}),)


def _holds(rule: CountRule | TotalRule, column: str, op: TestOperator, value: Decimal, table: Table) -> HoldsRule:
    type_ = table.column(column).type
    for check in table.meanings:
        if isinstance(check, Range) and check.column == column:
            value = min(value, check.high) if check.high is not None else value
            value = max(value, check.low) if check.low is not None else value
    if type_.name == "decimal":
        digits, places = precision_of(type_)
        text = str(min(value, Decimal(10) ** (digits - places) - 1).quantize(Decimal(1).scaleb(-places)))
    else:
        text = str(int(value)) if value < 0 or int(value) or not value else "1"
    return HoldsRule(
        id=rule.id, because=rule.title, table=table.name, that=(ColumnTest(column=column, op=op, values=(text,)),)
    )
