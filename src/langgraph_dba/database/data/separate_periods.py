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
            copies = [table.copies[name] for name in (rule.starts, rule.ends) if name in table.copies]
            if not copies:
                schema = schema.replace(_with_exclusion(table, rule.id, (rule.starts, rule.ends)))
                continue
            # the periods are those of other rows: of each, at most one row with the same key has it
            key = table.foreign_key(copies[0].key)
            columns = tuple(dict.fromkeys((*key.columns, *rule.columns)))
            once = Index(name=f"{rule.id}_once", columns=columns, unique=True)
            known = [index.name for index in table.indexes]
            schema = schema.replace(table if once.name in known else table.with_(indexes=(*table.indexes, once)))
            target = schema.table(key.target)
            schema = schema.replace(_with_exclusion(target, rule.id, (copies[0].source, copies[1].source)))
    return schema


def _with_exclusion(table: Table, rule: str, bounds: tuple[str, str]) -> Table:
    name = f"{rule}_excl"
    if any(one.name == name for one in table.constraints) or not {*bounds} <= {*table.column_names}:
        return table
    exclusion = Constraint(name=name, sql=f"EXCLUDE USING gist (range({bounds[0]}, {bounds[1]}) WITH &&)")
    first = Index(name=name, columns=(bounds[0],), unique=True)
    # a period without an end overlaps with every later one
    columns = (one.model_copy(update={"nullable": False}) if one.name in bounds else one for one in table.columns)
    return table.with_(
        columns=tuple(columns),
        constraints=(*table.constraints, exclusion),
        indexes=(*table.indexes, first),
    )
