"""`count` and `total`: the number of rows that refer to a row, or the sum over them, is within a bound.

The number is stored in the row that they refer to, in a column of its own.
"""

from collections.abc import Sequence

from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import BusinessRule, CountRule, Tests, TotalRule
from langgraph_dba.database.model.schema import Column, ColumnType, DerivedColumn, ForeignKey, Table
from langgraph_dba.database.requirements.business_rules import Condition, Count, Total
from langgraph_dba.database.requirements.paths import PathEnd, follow
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError
from langgraph_dba.database.schema_design.business_rules.without_mechanism import LOCK

_SUM_DIGITS = 18  # the most that fit into 64 bits, in which SQLite stores decimals
_COUNTED = ColumnType(name="integer")


def resolve_count(rule: Count, context: RuleContext) -> CountRule:
    """Return the rule over a stored number."""
    if rule.at_least is not None:
        raise NoMechanismError(
            "a row exists before the rows that refer to it: a least number holds from a state on",
            f"refuse to leave that state, and to delete {rule.of} after it, in the transaction that writes, with the "
            "row locked that they refer to",
        )
    if rule.once:
        raise NoMechanismError("no mechanism enforces a number from a state on yet", LOCK)
    table = context.table(rule.of)
    key, target = _counted_key(rule.of, rule.per, table, context)
    where = _scope(rule.of, rule.where, key, context)
    bound = rule.at_most
    limit = _limit(bound, rule.of, key, context) if isinstance(bound, str) else None
    return CountRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=table.name,
        key=key.name,
        target=target,
        stored=f"{rule.id}_count",
        op="at-most",
        value="" if limit else str(bound),
        limit=limit,
        copies=context.copied_among(rule.of, where),
        where=where,
    )


def resolve_total(rule: Total, context: RuleContext) -> TotalRule:
    """Return the rule over a stored sum."""
    entity, _, path = rule.of.partition(".")
    if rule.op == "is" or rule.once:
        raise NoMechanismError("no mechanism enforces a sum that must be equal, or holds from a state on, yet", LOCK)
    if rule.op == "at-least" and not isinstance(rule.than, str) and rule.than > 0:
        raise NoMechanismError("the sum of no rows is 0, which is too little: it holds from a state on", LOCK)
    if rule.signed_by:
        raise NoMechanismError("no mechanism adds and subtracts by a column yet", "store the amounts with their sign")
    table = context.table(entity)
    key, target = _counted_key(entity, rule.per, table, context)
    where = _scope(entity, rule.where, key, context)
    limit = _limit(rule.than, entity, key, context) if isinstance(rule.than, str) else None
    return TotalRule(
        id=rule.id,
        words=rule.words,
        because=rule.because,
        table=table.name,
        key=key.name,
        target=target,
        stored=f"{rule.id}_total",
        op=rule.op,
        value="" if limit else str(rule.than),
        limit=limit,
        copies=context.copied_among(entity, where),
        where=where,
        sums=_own_amount(context, entity, path),
    )


def _counted_key(entity: str, per: Sequence[str], table: Table, context: RuleContext) -> tuple[ForeignKey, str]:
    """Return the foreign key to the rows that hold the number, and their table."""
    tenant = context.requirements.tenancy.entity if context.requirements.tenancy.model != "none" else None
    paths = [path for path in per if path != tenant]
    columns = [context.column(entity, path) for path in paths]
    for key in table.foreign_keys:
        if len(columns) == 1 and table.own_key_columns(key) == (columns[0],) and key.target != table.name:
            return key, key.target
    if not paths or any(table.own_key_columns(key) == tuple(columns) for key in table.foreign_keys):
        raise NoMechanismError("no mechanism counts per tenant, or rows of the same table, yet", LOCK)
    raise NoMechanismError(
        f"no row stands for {' and '.join(paths)}: the number has no place to be stored in",
        f"add an entity for it, let {entity} refer to it, and name that relationship in `per`",
    )


def _own_amount(context: RuleContext, entity: str, path: str) -> str:
    column = context.column(entity, path)
    if context.copied_among(entity, (column,)):
        raise NoMechanismError(f"`{path}` is a column of another table, and no mechanism adds it up yet", LOCK)
    return column


def _scope(entity: str, condition: Condition, key: ForeignKey, context: RuleContext) -> Tests:
    """Return the tests of the rows that count; not of the row that holds the number, which all of them have alike."""
    tests, table = context.tests(entity, condition), context.table(entity).name
    named = {name for test in tests for name in test.columns}
    if any(copy.key == key.name for owner, copy in context.copies if owner == table and copy.column in named):
        raise NoMechanismError(f"a condition on a row of {key.target} counts all rows that refer to it, or none", LOCK)
    return tests


def _limit(path: str, entity: str, key: ForeignKey, context: RuleContext) -> str:
    """Return the column that holds the bound, of the row that holds the number."""
    # a path of a sum may begin with its own entity
    end = follow(context.requirements, entity, path.removeprefix(f"{entity}."))
    assert isinstance(end, PathEnd)  # consistency was checked
    steps = [f"{step}_id" for step in end.steps]
    if steps == [key.columns[-1]] and not end.target:
        return end.name
    raise NoMechanismError(f"`{path}` is no column of {key.target}, which holds the number", LOCK)


def _sum_type(type_: ColumnType) -> ColumnType:
    """Return the type for the sum over a column: the amounts that a row may hold fit into it many times."""
    if type_.name == "decimal":
        digits, places = precision_of(type_)
        return type_.model_copy(update={"precision": max(digits, _SUM_DIGITS), "scale": places})
    return ColumnType(name="bigint") if type_.name in ("smallint", "integer") else type_


def with_stored_numbers(tables: Sequence[Table], rules: Sequence[BusinessRule]) -> list[Table]:
    """Return the tables with the columns that hold the numbers of rules."""
    bounds = [rule for rule in rules if isinstance(rule, CountRule | TotalRule)]
    by_name = {table.name: table for table in tables}
    for rule in bounds:
        table = by_name[rule.target]
        type_ = _sum_type(by_name[rule.table].column(rule.sums).type) if rule.sums else _COUNTED
        column = Column(name=rule.stored, type=type_, default="0", comment=f"kept by triggers, for the rule {rule.id}")
        derived = DerivedColumn(
            column=rule.stored,
            source=rule.table,
            key=rule.key,
            sums=rule.sums,
            where=rule.where,
            rule=rule.id,
            reason=rule.title,
        )
        by_name[rule.target] = table.with_(
            columns=(*table.columns, column), derived_columns=(*table.derived_columns, derived)
        )
    return [by_name[table.name] for table in tables]
