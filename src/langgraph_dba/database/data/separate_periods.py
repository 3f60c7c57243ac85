"""Periods that business rules keep apart: generated rows get periods of which no two in a table overlap."""

import datetime as dt

from langgraph_dba.database.data.column_bounds import excluded_intervals
from langgraph_dba.database.model.business_rules import BusinessRule, HoldsRule, NoOverlapRule
from langgraph_dba.database.model.schema import Constraint, Index, Schema, Table

_DAYS = {"year": 366, "month": 31, "week": 7, "day": 1}  # at most
_LONGER = frozenset({"is", "at-least", "not-before", "more-than", "after"})


def with_separate_periods(schema: Schema) -> Schema:
    """Return the schema in which the tables of `no-overlap` rules exclude overlaps of all their rows.

    Stricter than the rules, which compare rows of one key: rows with periods by their number are easy to make. In this
    form the exclusions that were read from a database are known to all that generates values (`accepted_values.py`).
    """
    for rule in schema.rules:
        table = schema.find_table(rule.table) if isinstance(rule, NoOverlapRule) else None
        if table and isinstance(rule, NoOverlapRule):
            equal = {**equal_copies(schema.rules, table), **{name: name for name in table.copies}}
            copies = [table.copies[equal[name]] for name in (rule.starts, rule.ends) if name in equal]
            if len(copies) < 2 or copies[0].key != copies[1].key:  # noqa: PLR2004  both bounds
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


def equal_copies(rules: tuple[BusinessRule, ...], table: Table) -> dict[str, str]:
    """Return the copy that each column of a table must be equal to in every row."""
    found: dict[str, str] = {}
    for rule in rules:
        if isinstance(rule, HoldsRule) and rule.table == table.name and not rule.if_:
            for test in rule.that:
                if test.op == "is" and test.other and not test.plus:
                    pairs = ((test.column, test.other), (test.other, test.column))
                    found |= {own: copy for own, copy in pairs if copy in table.copies and own not in table.copies}
    return found


def least_length(schema: Schema, table: Table, starts: str) -> dt.timedelta:
    """Return how long rules demand that the periods are which begin in a column and must not overlap."""
    ends = {last for first, last in excluded_intervals(table).values() if first == starts}
    spans = [
        _span(test.plus)
        for rule in schema.rules
        if isinstance(rule, HoldsRule) and rule.table == table.name
        for test in rule.that
        if test.plus and test.op in _LONGER and test.column in ends and test.other == starts
    ]
    return max(spans, default=dt.timedelta())


def _span(text: str) -> dt.timedelta:
    number, unit = text.split()
    unit = unit.removesuffix("s")
    return int(number) * (dt.timedelta(days=_DAYS[unit]) if unit in _DAYS else dt.timedelta(**{f"{unit}s": 1}))


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
