"""Correct generated rows in SQL so that they break no business rule about single rows."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from langgraph_dba.database.data.rule_rows import change_for
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import BusinessRule, ChooseRule, ColumnTest, HoldsRule, StatesRule
from langgraph_dba.database.model.schema import ForeignKey, Table

_LATER = frozenset({"after", "not-before", "more-than", "at-least"})
_STRICT = frozenset({"after", "before", "more-than", "less-than"})
_NUMBER = "i"  # of a row within its tenant


def corrections(table: Table, rules: Sequence[BusinessRule], traits: Traits) -> Iterator[dict[str, str]]:
    """Yield the SQL by which columns are replaced, one step after the other; columns have their own names there."""
    sql = TestsSql(table, traits)
    for rule in rules:
        if isinstance(rule, ChooseRule):
            yield _chosen(rule, sql)
        elif isinstance(rule, StatesRule):
            name, starts = sql.column(rule.column), [sql.value(one, rule.column) for one in rule.start]
            yield {rule.column: f"CASE WHEN {name} IN ({', '.join(starts)}) THEN {name} ELSE {starts[0]} END"}
        elif isinstance(rule, HoldsRule):
            for test in rule.that:
                if found := _met(test, table, sql, traits):
                    column, value = found
                    scope = f"({sql.scope(rule.if_)}) AND " if rule.if_ else ""
                    name = sql.column(column)
                    yield {column: f"CASE WHEN {scope}NOT ({sql.demand((test,))}) THEN {value} ELSE {name} END"}


def required_columns(rules: Sequence[BusinessRule]) -> frozenset[str]:
    """Return the columns that generated rows always have a value in, because a rule may demand it."""
    present = (t.column for rule in rules if isinstance(rule, HoldsRule) for t in rule.that if t.op == "present")
    chosen = (name for rule in rules if isinstance(rule, ChooseRule) for name in rule.columns)
    states = (rule.column for rule in rules if isinstance(rule, StatesRule))
    return frozenset((*present, *chosen, *states))


def avoided_key(table: Table, key: ForeignKey, rules: Sequence[BusinessRule]) -> ForeignKey | None:
    """Return the foreign key of the same row that must have another target than `key`."""
    own = table.own_key_columns(key)
    for rule in rules:
        for test in rule.that if isinstance(rule, HoldsRule) else ():
            if test.op == "is-not" and test.other and (test.column,) == own:
                others = (one for one in table.row_references if table.own_key_columns(one) == (test.other,))
                return next((one for one in others if one.target == key.target), None)
    return None


def _chosen(rule: ChooseRule, sql: TestsSql) -> dict[str, str]:
    count = len(rule.columns)
    if rule.number == "at-least-one":
        return {}
    if rule.number == "all-or-none":
        return {name: f"CASE WHEN {_NUMBER} % 2 = 0 THEN {sql.column(name)} END" for name in rule.columns}
    return {
        name: f"CASE WHEN {_NUMBER} % {count} = {position} THEN {sql.column(name)} END"
        for position, name in enumerate(rule.columns)
    }


def _met(test: ColumnTest, table: Table, sql: TestsSql, traits: Traits) -> tuple[str, str] | None:
    """Return a column and the SQL of a value with which a row meets a test, None if the generator meets it."""
    if test.op == "present":
        return None  # the column has no NULL
    if test.other is None:
        listed = table.column(test.column).type.choices
        change = change_for(test, {test.column: None}, table, lambda _: listed)
        if change is None:
            return None
        value = change[test.column]
        return test.column, "NULL" if value is None else sql.value(_text(value), test.column)
    if test.op == "is-not" or table.column(test.other).type.name == "reference":
        return None
    if sql.places(test.column) != sql.places(test.other):
        return _met_in_finer_unit(test, test.other, sql)
    if test.op == "is":
        return test.column, sql.column(test.other)
    base = sql.sum(test)
    if test.op in _LATER or test.op not in _STRICT:
        return test.column, _next(base, test.column, table, traits) if test.op in _STRICT else base
    return test.other, _next(sql.column(test.column), test.other, table, traits)


def _met_in_finer_unit(test: ColumnTest, other: str, sql: TestsSql) -> tuple[str, str]:
    """Return the column with more decimal places, and a value next to that of the other one: it can hold each."""
    is_left = sql.places(test.column) > sql.places(other)
    fine, coarse = (test.column, other) if is_left else (other, test.column)
    text, _ = sql.in_one_unit((sql.column(coarse), coarse), (sql.column(fine), fine))
    if test.op not in _STRICT:
        return fine, text
    return fine, f"({text} {'+' if (test.op in _LATER) == is_left else '-'} 1)"


def _next(text: str, column: str, table: Table, traits: Traits) -> str:
    type_ = table.column(column).type
    if form := traits.sql_templates.plus.get(type_.name):
        return form.format(a=text, n=1, unit="day")
    if type_.name == "decimal" and traits.exact_decimals:
        return f"({text} + {10 ** -precision_of(type_)[1]:f})"
    return f"({text} + 1)"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
