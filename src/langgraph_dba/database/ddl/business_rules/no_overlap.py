"""`no-overlap`: an exclusion constraint, a unique key over a period, or triggers on an engine with one writer.

Measured on each engine with two connections: all three held in every interleaving, and a trigger that looks for an
overlapping row beside other writers did not. On PostgreSQL the exclusion is over the rows that meet the condition. On
MariaDB a key WITHOUT OVERLAPS covers all rows, and a generated column of it is NULL in the others, which are not
compared. The triggers of SQLite need an index, and look at one row of it.

Measured beside the same table without the rule, 10,000 rows in one INSERT took 3 to 6 times as long on PostgreSQL,
twice as long on MariaDB and SQLite. A trigger that looked at all earlier rows of one key took 200 times as long.
"""

from collections.abc import Mapping

from langgraph_dba.database.ddl.business_rules.key_columns import column_to_scope, key_column
from langgraph_dba.database.ddl.business_rules.refusals import Refusal, with_refusals
from langgraph_dba.database.ddl.business_rules.tests_sql import TestsSql
from langgraph_dba.database.ddl.index_lengths import prefix_lengths
from langgraph_dba.database.ddl.sql_names import Names
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.business_rules import ENFORCED, EnforcedRule, HoldsRule, NoOverlapRule
from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import (
    Column,
    Columns,
    ColumnType,
    Condition,
    Constraint,
    Index,
    Ordered,
    OtherObject,
    Schema,
    Table,
)

_LOCK = "check it in the transaction that writes, with a row locked that all such transactions share"
_RANGES: Mapping[str, str] = {
    "date": "daterange",
    "local-datetime": "tsrange",
    "instant": "tstzrange",
    "time": "int8range",
}


def name_of(rule: NoOverlapRule) -> str:
    """Return the name of the constraint, or of the index that its triggers need."""
    return fit_name(f"{rule.table}_{rule.id}_excl")


def check_name_of(rule: NoOverlapRule) -> str:
    """Return the name of the check that a period ends after it starts."""
    return fit_name(f"{rule.table}_{rule.id}_check")


def lack_of(schema: Schema, rule: NoOverlapRule, traits: Traits) -> tuple[str, str] | None:
    """Return why an engine cannot enforce a rule, and what must enforce it instead; None if it can."""
    table = schema.find_table(rule.table)
    if traits.one_writer or table is None or not rule.named_columns.issubset(table.column_names):
        return None
    if documents := [name for name in rule.columns if table.column(name).type.name == "json"]:
        return f"its constraints of periods compare no documents, and {', '.join(documents)} is one", _LOCK
    return None if traits.has("exclusion") else _lack_of_period(schema, table, rule, traits)


def _lack_of_period(schema: Schema, table: Table, rule: NoOverlapRule, traits: Traits) -> tuple[str, str] | None:
    """Return why a unique key over a period cannot enforce a rule."""
    if not traits.without_overlaps:
        return "it has no constraint that compares periods", _LOCK
    if table.column(rule.starts).type.name == "time":
        return "its periods are of dates and moments, not of times of a day", _LOCK
    if rule.last_included:
        return (
            "its periods end before their last column, and that column cannot be a generated one",
            f"store the first day after the period, without `last_included`; or {_LOCK}",
        )
    if names := [name for name in (rule.starts, rule.ends) if table.column(name).nullable]:
        return (
            f"its periods have both bounds, and {' and '.join(names)} may be absent",
            f"declare both required, with a far date for a period without an end; or {_LOCK}",
        )
    if long := prefix_lengths([table.column(name) for name in rule.columns], traits):
        return f"{', '.join(long)} may be longer than a key of it", f"declare a shorter text, or {_LOCK}"
    others = (one for one in schema.rules if isinstance(one, NoOverlapRule) and one.table == rule.table)
    if _period(rule) != _period(next(others)):
        return "its tables have one period each", _LOCK
    return None


def with_mechanism(schema: Schema, rule: NoOverlapRule, traits: Traits) -> Schema:
    """Return the schema with what enforces the rule."""
    table = schema.table(rule.table)
    if not _is_ordered_by_rule(schema, rule):
        table = _with_order(table, rule, traits)
    if traits.has("exclusion"):
        return _with_extension(schema.replace(_with_exclusion(table, rule, traits)), rule)
    if traits.one_writer:
        return schema.replace(_with_index(table, rule))
    return _with_period(schema.replace(_with_key(table, rule, traits)), rule, traits)


def with_triggers(schema: Schema, rule: NoOverlapRule, traits: Traits) -> Schema:
    """Return the schema with triggers that look for an overlapping row, on an engine with one writer."""
    if traits.has("exclusion") or not traits.one_writer:
        return schema
    table = schema.table(rule.table)
    # a row that REPLACE deletes does not count: it has the key of the new row
    refusals = [
        Refusal("INSERT", _overlaps_another(table, rule, "NEW", traits)),
        Refusal("UPDATE", _overlaps_another(table, rule, "OLD", traits)),
    ]
    return with_refusals(schema, table, rule, refusals, traits)


def _overlaps_another(table: Table, rule: NoOverlapRule, replaced: str, traits: Traits) -> str:
    """Return the condition that the new row overlaps another one than the row `replaced`.

    No two stored periods overlap, so the last one that begins before the new one ends has the latest end: one step in
    the index finds it. Among periods without a bound, all are compared.
    """
    new, other, old = (TestsSql(table, traits, row) for row in ("NEW", "other", replaced))
    conditions = [f"{other.column(name)} = {new.column(name)}" for name in rule.columns]
    conditions += [_begins_in_time(table, rule, other, new)]
    conditions += [other.scope(rule.where)] if rule.where else []
    same = " AND ".join(f"{other.column(name)} IS {old.column(name)}" for name in table.row_key)
    if replaced == "NEW" and [table.column(name).type.name for name in table.row_key] == ["identity"]:
        # before an INSERT, the number that SQLite will give is -1, which may be that of a row
        same += f" AND {old.column(table.row_key[0])} <> -1"
    conditions += [f"NOT ({same})"] if same else []
    source = f"FROM {Names(traits).table(table)} AS other WHERE"
    if any(table.column(name).nullable for name in (rule.starts, rule.ends)):
        conditions.append(_begins_in_time(table, rule, new, other))
        found = f"EXISTS (SELECT 1 {source} {' AND '.join(conditions)})"
    else:
        last = f"{source} {' AND '.join(conditions)} ORDER BY {other.column(rule.starts)} DESC LIMIT 1"
        sign = "<=" if rule.last_included else "<"
        found = f"{new.column(rule.starts)} {sign} (SELECT {other.column(rule.ends)} {last})"
    return f"{new.scope(rule.where)} AND {found}" if rule.where else found


def _begins_in_time(table: Table, rule: NoOverlapRule, one: TestsSql, other: TestsSql) -> str:
    """Return the condition that a period begins before another one ends; an absent bound is no bound."""
    starts, ends = one.column(rule.starts), other.column(rule.ends)
    bounds = ((rule.starts, starts), (rule.ends, ends))
    absent = [f"{text} IS NULL" for name, text in bounds if table.column(name).nullable]
    before = f"{starts} {'<=' if rule.last_included else '<'} {ends}"
    return f"({' OR '.join((*absent, before))})" if absent else before


def _with_index(table: Table, rule: NoOverlapRule) -> Table:
    """Return the table with the index by which the triggers find rows, in place of those that it makes needless."""
    new = Index(name=name_of(rule), columns=(*rule.columns, rule.starts), reason=f"finds overlaps: {rule.title}")
    return table.with_(indexes=(*(one for one in table.indexes if not _is_replaced(one, new.columns)), new))


def _is_replaced(index: Index, columns: Columns) -> bool:
    """Return whether an index over `columns` serves everything that an index does."""
    is_plain = index.is_plain and not index.unique and not index.include
    return is_plain and index.columns == columns[: len(index.columns)]


def _is_ordered_by_rule(schema: Schema, rule: NoOverlapRule) -> bool:
    """Return whether the check of another rule demands that each period ends after it starts: one is enough."""
    pair = (rule.starts, rule.ends)
    own = [one for one in _rules_of(schema, rule.table) if pair in one.orders]
    if any(isinstance(one, HoldsRule) and one.orders[pair] for one in own):
        return True
    periods = [one for one in own if isinstance(one, NoOverlapRule)]
    return next((one for one in periods if one.orders[pair]), periods[0]) != rule


def _rules_of(schema: Schema, table: str) -> list[EnforcedRule]:
    return [one for one in schema.rules if isinstance(one, ENFORCED) and one.table == table]


def _with_order(table: Table, rule: NoOverlapRule, traits: Traits) -> Table:
    """Return the table with the check that a period ends after it starts, in place of a weaker one."""
    sql, name = TestsSql(table, traits), check_name_of(rule)
    check = Condition(
        name=name,
        sql=f"{sql.column(rule.starts)} {'<=' if rule.last_included else '<'} {sql.column(rule.ends)}",
        columns=(rule.starts, rule.ends),
        means=(Ordered(name=name, first=rule.starts, last=rule.ends),),
    )
    weaker = (rule.starts, rule.ends)
    others = (one for one in table.checks if not (isinstance(one, Ordered) and (one.first, one.last) == weaker))
    return table.with_(checks=(*others, check))


def _with_exclusion(table: Table, rule: NoOverlapRule, traits: Traits) -> Table:
    sql = TestsSql(table, traits)
    type_, bounds = table.column(rule.starts).type.name, "[]" if rule.last_included else "[)"
    # PostgreSQL has no ranges of times of a day: of their microseconds
    range_, form = _RANGES[type_], "CAST(EXTRACT(epoch FROM {}) * 1000000 AS bigint)" if type_ == "time" else "{}"
    parts = [f"{sql.column(name)} WITH =" for name in rule.columns]
    first, last = (form.format(sql.column(name)) for name in (rule.starts, rule.ends))
    parts.append(f"{range_}({first}, {last}, '{bounds}') WITH &&")
    where = f" WHERE ({sql.scope(rule.where)})" if rule.where else ""
    text = f"EXCLUDE USING gist ({', '.join(parts)}){where}"
    return table.with_(constraints=(*table.constraints, Constraint(name=name_of(rule), sql=text)))


def _with_extension(schema: Schema, rule: NoOverlapRule) -> Schema:
    """Return the schema with the extension that compares values for equality in such an index."""
    if not rule.columns or "btree_gist" in schema.extensions:
        return schema
    return schema.model_copy(update={"extensions": (*schema.extensions, "btree_gist")})


def _with_key(table: Table, rule: NoOverlapRule, traits: Traits) -> Table:
    new = _key_column(table, rule, traits)
    replaced = column_to_scope(table, rule.columns) if rule.columns and new else ""
    key = [new.name if new and name == replaced else name for name in rule.columns]
    key += [new.name] if new and not key else []
    table = table.with_(columns=(*table.columns, *([new] if new else [])))
    sql, period = TestsSql(table, traits), Names(traits).of(_period(rule))
    text = f"UNIQUE ({', '.join((*map(sql.column, key), period))} WITHOUT OVERLAPS)"
    return table.with_(constraints=(*table.constraints, Constraint(name=name_of(rule), sql=text)))


def _key_column(table: Table, rule: NoOverlapRule, traits: Traits) -> Column | None:
    """Return a generated column of the key, which needs one beside the period; None if it needs none."""
    sql = TestsSql(table, traits)
    if rule.columns and not rule.where:
        return None
    name = column_to_scope(table, rule.columns) if rule.columns else ""
    value, type_ = (sql.column(name), table.column(name).type) if name else ("1", ColumnType(name="smallint"))
    expression = f"CASE WHEN {sql.scope(rule.where)} THEN {value} END" if rule.where else value
    return key_column(rule.id, name or "all", expression, type_)


def _with_period(schema: Schema, rule: NoOverlapRule, traits: Traits) -> Schema:
    table, period = schema.table(rule.table), _period(rule)
    sql, names = TestsSql(table, traits), Names(traits)
    bounds = f"{sql.column(rule.starts)}, {sql.column(rule.ends)}"
    definition = f"ALTER TABLE {names.table(table)} ADD PERIOD FOR {names.of(period)} ({bounds})"
    one = OtherObject(kind="period", name=period_name(rule), definition=definition, position="before-constraints")
    if any(other.name == one.name for other in schema.others):
        return schema
    return schema.model_copy(update={"others": (*schema.others, one)})


def _period(rule: NoOverlapRule) -> str:
    return fit_name(f"{rule.starts}_{rule.ends}_period")


def period_name(rule: NoOverlapRule) -> str:
    """Return the name of the object that makes two columns a period."""
    return f"{_period(rule)} on {rule.table}"
