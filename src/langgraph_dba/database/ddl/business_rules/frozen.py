"""`frozen` and `keep`: triggers that refuse updates and deletions of rows from a state on, or for a time.

Measured: TRUNCATE fires no trigger of a row, so PostgreSQL has one of the statement, and MariaDB, which has none,
leaves it to the right DROP; INSERT and UPDATE with OR REPLACE delete on SQLite without a trigger of DELETE, so their
triggers look for another frozen row with one of the keys.
"""

from collections.abc import Iterator

from langgraph_dba.database.ddl.business_rules.refusals import Refusal, with_refusals
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.ddl.type_mapping import now_sql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import FrozenRule, KeptRule, OnlyOneRule, Tests
from langgraph_dba.database.model.schema import Columns, Schema, Table


def with_triggers(schema: Schema, rule: FrozenRule, traits: Traits) -> Schema:
    """Return the schema with the triggers."""
    table = schema.table(rule.table)
    return with_refusals(schema, table, rule, list(_refusals(schema, table, rule, traits)), traits)


def limits(rule: FrozenRule, traits: Traits) -> str:
    """Return what the triggers do not refuse on an engine."""
    if rule.forbids_delete and traits.truncates and not traits.sql_templates.refusal_of_truncate:
        return "TRUNCATE is not refused: grant the application no DROP on the table"
    return ""


def _refusals(schema: Schema, table: Table, rule: FrozenRule, traits: Traits) -> Iterator[Refusal]:
    scope = _scope(table, rule, "OLD", traits) or "TRUE"
    updates = []
    if rule.forbids_update:
        updates.append(" AND ".join(f"({part})" for part in (scope, _changed(table, rule, traits)) if part))
    if rule.forbids_delete:
        yield Refusal("DELETE", scope)
        yield Refusal("TRUNCATE")
        if traits.replaces_unseen:
            replaced = _replaced(schema, table, rule, traits)
            yield Refusal("INSERT", replaced)
            updates.append(f"{replaced[:-1]} AND NOT ({_same(table, table.row_key, 'OLD', traits)}))")
    if updates:
        yield Refusal("UPDATE", " OR ".join(f"({one})" for one in updates))


def _scope(table: Table, rule: FrozenRule, row: str, traits: Traits) -> str:
    """Return the condition that a row is frozen; empty if each is."""
    sql = TestsSql(table, traits, row)
    texts = [sql.scope(rule.once)] if rule.once else []
    if isinstance(rule, KeptRule):
        column, type_ = sql.column(rule.since), table.column(rule.since).type.name
        number, unit = rule.span.split()
        end = traits.sql_templates.plus[type_].format(a=column, n=number, unit=unit.removesuffix("s"))
        texts.append(f"{column} IS NOT NULL AND {end} > {now_sql(type_, traits)}")
    return " AND ".join(texts)


def _changed(table: Table, rule: FrozenRule, traits: Traits) -> str:
    """Return the condition that a column changes that is not free; empty if none is free."""
    names = Names(traits)
    # what changes with other rows is no change of this one
    free = {*rule.free, *(one.column for one in table.derived_columns), *table.copies}
    if not free:
        return ""
    template = traits.sql_templates.distinct
    columns = (one.name for one in table.writable_columns if one.name not in free)
    pairs = ((names.column(table, name, "OLD"), names.column(table, name, "NEW")) for name in columns)
    return " OR ".join(template.format(a=old, b=new) for old, new in pairs)


def _replaced(schema: Schema, table: Table, rule: FrozenRule, traits: Traits) -> str:
    """Return the condition that a frozen row has one of the keys of the new row."""
    names, new, kept = Names(traits), TestsSql(table, traits, "NEW"), TestsSql(table, traits, "kept")
    rules = [one for one in schema.rules if isinstance(one, OnlyOneRule) and one.table == rule.table]
    keys: list[tuple[Columns, Tests]] = [(table.primary_key, ())]
    keys += [(columns, ()) for _, columns in table.unique_sets]
    keys += [(one.columns, one.where) for one in rules]
    same = []
    for columns, where in keys:
        scopes = (new.scope(where), kept.scope(where)) if where else ()
        same.append(f"({' AND '.join((_same(table, columns, 'NEW', traits), *scopes))})")
    scope = _scope(table, rule, "kept", traits)
    conditions = (f"({' OR '.join(dict.fromkeys(same))})", *([scope] if scope else []))
    return f"EXISTS (SELECT 1 FROM {names.table(table)} AS kept WHERE {' AND '.join(conditions)})"


def _same(table: Table, columns: Columns, row: str, traits: Traits) -> str:
    """Return the condition that a frozen row has the values of another row in some columns."""
    names = Names(traits)
    return " AND ".join(f"{names.column(table, one, 'kept')} = {names.column(table, one, row)}" for one in columns)
