"""`only-one`: a unique constraint, a partial unique index, or a unique index over a generated column.

Measured on each engine with two connections (a unique index held in every interleaving; a trigger that looks did not).
An index over rows that meet a condition is partial; on MariaDB, which has no partial index, a generated column holds
the first column for those rows and NULL for the others, and NULLs are not compared. Without regard to case, the index
is over the lower-case form, over the collation NOCASE, or over a generated column with a collation of its own.
"""

from langgraph_dba.database.ddl.business_rules.key_columns import column_to_scope, key_column
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import OnlyOneRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Index, IndexKey, Schema, Table, Unique


def name_of(rule: OnlyOneRule) -> str:
    """Return the name of the constraint or index."""
    return fit_name(f"{rule.table}_{rule.id}_key")


def with_mechanism(schema: Schema, rule: OnlyOneRule, traits: Traits) -> Schema:
    """Return the schema with what enforces the rule."""
    table = schema.table(rule.table)
    if not rule.where and not rule.ignore_case:
        return schema.replace(_with_constraint(table, rule))
    if traits.has("partial-indexes"):
        return schema.replace(table.with_(indexes=(*table.indexes, _index(table, rule, traits))))
    return schema.replace(_with_generated_columns(table, rule, traits))


def _with_constraint(table: Table, rule: OnlyOneRule) -> Table:
    keys = (table.primary_key, *(columns for _, columns in table.unique_sets))
    if any(set(columns) == set(rule.columns) for columns in keys):
        return table
    return table.with_(uniques=(*table.uniques, Unique(name=name_of(rule), columns=rule.columns)))


def _index(table: Table, rule: OnlyOneRule, traits: Traits) -> Index:
    sql = TestsSql(table, traits)

    def key(name: str) -> IndexKey:
        if name not in rule.ignore_case:
            return IndexKey(column=name)
        if traits.lower_case:
            return IndexKey(expression=traits.lower_case.format(a=sql.column(name)))
        return IndexKey(column=name, collation=traits.collation_without_case)

    keys = tuple(map(key, rule.columns))
    return Index.of(name_of(rule), keys, unique=True, where=sql.scope(rule.where), reason=rule.title)


def _with_generated_columns(table: Table, rule: OnlyOneRule, traits: Traits) -> Table:
    sql = TestsSql(table, traits)
    columns, key = list(table.columns), list(rule.columns)
    scoped = column_to_scope(table, rule.columns) if rule.where else ""
    changed = dict.fromkeys((*rule.ignore_case, *((scoped,) if scoped else ())))
    for name in changed:
        text = sql.column(name)
        expression = f"CASE WHEN {sql.scope(rule.where)} THEN {text} END" if name == scoped else text
        collation = traits.collation_without_case if name in rule.ignore_case else ""
        columns.append(key_column(rule.id, name, expression, table.column(name).type, collation))
        key[key.index(name)] = columns[-1].name
    unique = Unique(name=name_of(rule), columns=tuple(key))
    return table.with_(columns=tuple(columns), uniques=(*table.uniques, unique))
