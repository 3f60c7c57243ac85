"""`states`: triggers that refuse a first value that is no start, and a change that is no move.

Measured on each engine with two connections: the second change of one row waits, and its trigger sees the value that
the first one left. A check constraint sees no old value and accepts every change between two listed ones.
"""

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
    starts = ", ".join(new.value(state, rule.column) for state in rule.start)
    moves = (
        f"({before} = {old.value(one, rule.column)} AND {after} = {new.value(other, rule.column)})"
        for one, other in rule.moves
    )
    # NULL is no state: a comparison with it would be neither true nor false, and refuse nothing
    refusals = [
        Refusal("INSERT", f"NOT COALESCE({after} IN ({starts}), FALSE)"),
        Refusal("UPDATE", f"NOT COALESCE({' OR '.join((f'{before} = {after}', *moves))}, FALSE)"),
    ]
    return with_refusals(schema, table, rule, refusals, traits)
