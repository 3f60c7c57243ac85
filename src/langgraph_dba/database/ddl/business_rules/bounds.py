"""`count` and `total`: a check of a number that triggers keep in the row that is referred to.

Measured on each engine with two connections: each write of a referring row changes the number, so the second of two
transactions waits for the row or is refused, and the check sees what the first one left. A trigger that counts the rows
instead passes both. The number is written by triggers only (`derived_columns.py`); PostgreSQL refuses other writers.
A bound that holds from a state on is the same check: the number and the state are columns of one row, so changes of
both wait for each other. TRUNCATE runs no trigger of a row: PostgreSQL refuses it where the rows are counted.
"""

from collections.abc import Iterator

from langgraph_dba.database.ddl.business_rules.refusals import Refusal, with_refusals
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import CountRule, TotalRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Condition, Schema, Table

_FRACTIONS = frozenset({"decimal", "float"})
_SIGNS = {"at-most": "<=", "at-least": ">=", "is": "="}


def name_of(rule: CountRule | TotalRule) -> str:
    """Return the name of the check."""
    return fit_name(f"{rule.target}_{rule.id}_check")


def with_mechanism(schema: Schema, rule: CountRule | TotalRule, traits: Traits) -> Schema:
    """Return the schema with the check."""
    target = schema.table(rule.target)
    check = Condition(name=name_of(rule), sql=condition(target, rule, traits), columns=rule.target_columns)
    return schema.replace(target.with_(checks=(*target.checks, check)))


def with_triggers(schema: Schema, rule: CountRule | TotalRule, traits: Traits) -> Schema:
    """Return the schema with the triggers that refuse to write the number in another way."""
    target, counted = schema.table(rule.target), Refusal("TRUNCATE", on=schema.table(rule.table))
    return with_refusals(schema, target, rule, [*_refusals(target, rule, traits), counted], traits)


def limits(rule: CountRule | TotalRule, traits: Traits) -> str:
    """Return what the mechanism does not refuse on an engine."""
    texts = []
    if not traits.sql_templates.by_statement:
        texts.append(f"an UPDATE of {rule.target}.{rule.stored} is not refused: no application may write it")
    if traits.replaces_unseen:
        texts.append(f"REPLACE of a row of {rule.table} is not counted as a deletion: use ON CONFLICT instead")
    elif traits.truncates and not traits.sql_templates.refusal_of_truncate:
        texts.append(f"TRUNCATE of {rule.table} leaves the number as it was")
    return "; ".join(texts)


def condition(target: Table, rule: CountRule | TotalRule, traits: Traits, number: str = "", row: str = "") -> str:
    """Return the condition that a number, by default the stored one, is within the bound, if the state demands it."""
    sql = TestsSql(target, traits, row)
    held = number or sql.column(rule.stored)
    if rule.limit:
        held, bound = sql.in_one_unit((held, rule.stored), (sql.column(rule.limit), rule.limit))
    else:
        bound = sql.value(rule.value, rule.stored)
    within = f"{held} {_SIGNS[rule.op]} {bound}"
    # PostgreSQL compares NaN as larger than each number, and nothing that is added to it changes it
    decimals = [name for name in (rule.stored, rule.limit) if name and target.column(name).type.name in _FRACTIONS]
    number_form = traits.sql_templates.a_number if rule.sums else ""
    for name in decimals if number_form else ():
        text = number if number and name == rule.stored else sql.column(name)
        within += f" AND {number_form.format(a=text)}"
    if rule.target_once and number_form:
        within = f"({within})"
    return f"NOT ({sql.scope(rule.target_once)}) OR {within}" if rule.target_once else within


def _refusals(target: Table, rule: CountRule | TotalRule, traits: Traits) -> Iterator[Refusal]:
    old, new = (TestsSql(target, traits, row).column(rule.stored) for row in ("OLD", "NEW"))
    outside = f"NOT ({condition(target, rule, traits, row='NEW')})"
    yield Refusal("INSERT", f"{new} <> 0 OR {outside}" if rule.target_once else f"{new} <> 0")
    if alone := traits.sql_templates.by_statement:
        yield Refusal("UPDATE", f"{traits.sql_templates.distinct.format(a=old, b=new)} AND {alone}")
    else:
        # OR IGNORE of the statement that adds the row would skip the check, and a session of MariaDB may switch it off
        yield Refusal("UPDATE", outside)
