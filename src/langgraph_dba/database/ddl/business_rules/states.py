"""`states`: triggers that refuse a first value that is no start, and a change that is no move.

Measured on each engine with two connections: the second change of one row waits, and its trigger sees the value that
the first one left. A check constraint sees no old value and accepts every change between two listed ones.
"""

from collections.abc import Iterable
from dataclasses import replace

from langgraph_dba.database.ddl.business_rules.refusals import Refusal, with_refusals
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import StatesRule
from langgraph_dba.database.model.schema import Schema


def with_triggers(schema: Schema, rule: StatesRule, traits: Traits) -> Schema:
    """Return the schema with the triggers."""
    table = schema.table(rule.table)
    old, new = (TestsSql(table, traits, row) for row in ("OLD", "NEW"))
    before, after = old.column(rule.column), new.column(rule.column)
    listed = table.listed_values(rule.column)
    # what the column does not list, and NULL in a required one, is left to the constraints that say so
    known = f"{after} IN ({_values(listed, rule, new)})" if listed else f"{after} IS NOT NULL"
    moves = (
        f"({before} = {old.value(one, rule.column)} AND {after} = {new.value(other, rule.column)})"
        for one, other in rule.moves
    )
    # NULL is no state: a comparison with it would be neither true nor false, and refuse nothing
    refusals = [
        Refusal("INSERT", f"{known} AND NOT COALESCE({after} IN ({_values(rule.start, rule, new)}), FALSE)"),
        Refusal("UPDATE", f"{known} AND NOT COALESCE({' OR '.join((f'{before} = {after}', *moves))}, FALSE)"),
    ]
    if table.column(rule.column).nullable:
        emptied = {"INSERT": f"{after} IS NULL", "UPDATE": f"{after} IS NULL AND {before} IS NOT NULL"}
        refusals = [replace(one, condition=f"({emptied[one.event]}) OR ({one.condition})") for one in refusals]
    return with_refusals(schema, table, rule, refusals, traits)


def _values(states: Iterable[str], rule: StatesRule, sql: TestsSql) -> str:
    return ", ".join(sql.value(state, rule.column) for state in states)
