"""Periods that business rules keep apart: generated rows get periods of which no two in a table overlap."""

from langgraph_dba.database.model.business_rules import NoOverlapRule
from langgraph_dba.database.model.schema import Constraint, Index, Schema, Table


def with_separate_periods(schema: Schema) -> Schema:
    """Return the schema in which the tables of `no-overlap` rules exclude overlaps of all their rows.

    Stricter than the rules, which compare rows of one key: rows with periods by their number are easy to make. In this
    form the exclusions that were read from a database are known to all that generates values (`accepted_values.py`).
    """
    for rule in schema.rules:
        table = schema.find_table(rule.table) if isinstance(rule, NoOverlapRule) else None
        if table and isinstance(rule, NoOverlapRule):
            schema = schema.replace(_with_exclusion(table, rule))
    return schema


def _with_exclusion(table: Table, rule: NoOverlapRule) -> Table:
    name = f"{rule.id}_excl"
    bounds = (rule.starts, rule.ends)
    if any(one.name == name for one in table.constraints) or not {*bounds} <= {*table.column_names}:
        return table
    exclusion = Constraint(name=name, sql=f"EXCLUDE USING gist (range({rule.starts}, {rule.ends}) WITH &&)")
    first = Index(name=name, columns=(rule.starts,), unique=True)
    # a period without an end overlaps with every later one
    columns = (one.model_copy(update={"nullable": False}) if one.name in bounds else one for one in table.columns)
    return table.with_(
        columns=tuple(columns),
        constraints=(*table.constraints, exclusion),
        indexes=(*table.indexes, first),
    )
