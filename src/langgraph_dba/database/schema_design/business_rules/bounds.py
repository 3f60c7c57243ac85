"""`count` and `total`: the number of rows that refer to a row, or the sum over them, is within a bound.

The number is stored in the row that they refer to, in a column of its own. A bound that a row without others breaks
holds from a state of that row on.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.business_rules import BusinessRule, ColumnTest, CountRule, Tests, TotalRule
from langgraph_dba.database.model.schema import Column, ColumnType, DerivedColumn, ForeignKey, Table
from langgraph_dba.database.requirements.business_rules import Condition, Count, Total, entity_of
from langgraph_dba.database.requirements.counted_entity import counting_end, signing_attributes, tests_of_counting
from langgraph_dba.database.requirements.paths import PathEnd, follow
from langgraph_dba.database.schema_design.business_rules.context import RuleContext
from langgraph_dba.database.schema_design.business_rules.no_mechanism import NoMechanismError
from langgraph_dba.database.schema_design.business_rules.without_mechanism import LOCK

_SUM_DIGITS = 18  # the most that fit into 64 bits, in which SQLite stores decimals
_COUNTED = ColumnType(name="integer")
Operator = Literal["at-most", "at-least"]
Bound = TypeVar("Bound", CountRule, TotalRule)


def resolve_count(rule: Count, context: RuleContext) -> CountRule:
    """Return the rule over a stored number."""
    if rule.at_least is not None and rule.at_most is not None:
        raise NoMechanismError("one rule has two bounds", "write two rules, one with `at_least` and one with `at_most`")
    op: Operator = "at-most" if rule.at_least is None else "at-least"
    bound = rule.at_most if rule.at_least is None else rule.at_least
    assert bound is not None  # consistency was checked
    return _held(CountRule(**_parts(rule, bound, context), stored=f"{rule.id}_count", op=op))


def resolve_total(rule: Total, context: RuleContext) -> TotalRule:
    """Return the rule over a stored sum."""
    entity, _, path = rule.of.partition(".")
    parts = _parts(rule, rule.than, context)
    sums = _own_amount(context, entity, path)
    if rule.op == "is" and context.table(entity).column(sums).type.name == "float":
        raise NoMechanismError("sums of floating-point numbers are not exact", f"declare {rule.of} as a decimal number")
    subtracts: Tests = ()
    if minus := tuple(value for value, sign in rule.signed_by.items() if sign < 0):
        column = context.column(entity, signing_attributes(context.requirements, rule)[0])
        subtracts = (ColumnTest(column=column, op="in", values=minus),)
    return _held(TotalRule(**parts, stored=f"{rule.id}_total", op=rule.op, sums=sums, subtracts=subtracts))


def _parts(rule: Count | Total, bound: float | str, context: RuleContext) -> dict[str, Any]:
    """Return what rules over a number and over a sum have in common."""
    entity = entity_of(rule)
    table = context.table(entity)
    key, target = _counted_key(entity, rule.per, table, context)
    limit = _limit(bound, entity, key, context) if isinstance(bound, str) else None
    where = _scope(entity, rule.where, key, context)
    end = counting_end(context.requirements, rule)
    return {
        "id": rule.id,
        "words": rule.words,
        "because": rule.because,
        "table": table.name,
        "key": key.name,
        "target": target,
        "value": "" if limit else str(bound),
        "limit": limit,
        "copies": context.copied_among(entity, where),
        "where": where,
        "target_once": context.tests(end.target, tests_of_counting(rule, end)) if end else (),
    }


def _held(rule: Bound) -> Bound:
    """Return a rule; NoMechanismError if a row would break it before the rows exist that refer to it."""
    if rule.needs_rows and not rule.target_once and not (rule.op == "at-least" and rule.limit):
        raise NoMechanismError(
            f"a row of {rule.target} exists before the rows of {rule.table} that refer to it",
            f"name in `once` the state of {rule.target} from which on the rule holds",
        )
    return rule


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
            subtracts=rule.subtracts,
            rule=rule.id,
            reason=rule.title,
        )
        by_name[rule.target] = table.with_(
            columns=(*table.columns, column), derived_columns=(*table.derived_columns, derived)
        )
    return [by_name[table.name] for table in tables]
