"""`choose`: a check constraint that counts the columns that have a value."""

from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import ChooseRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Condition, Schema


def name_of(rule: ChooseRule) -> str:
    """Return the name of the check."""
    return fit_name(f"{rule.table}_{rule.id}_check")


def with_mechanism(schema: Schema, rule: ChooseRule, traits: Traits) -> Schema:
    """Return the schema with the check."""
    table = schema.table(rule.table)
    sql = TestsSql(table, traits)
    number = " + ".join(f"CASE WHEN {sql.column(name)} IS NULL THEN 0 ELSE 1 END" for name in rule.columns)
    bound = {
        "exactly-one": "= 1",
        "at-least-one": ">= 1",
        "at-most-one": "<= 1",
        "all-or-none": f"IN (0, {len(rule.columns)})",
    }[rule.number]
    check = Condition(name=name_of(rule), sql=f"{number} {bound}", columns=rule.columns)
    return schema.replace(table.with_(checks=(*table.checks, check)))
