"""Statements for the parts of a schema that SQLAlchemy's `MetaData` cannot hold: before the tables and after them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.ddl.business_rules.registry import with_rule_triggers
from langgraph_dba.database.ddl.copied_columns import with_copying_triggers
from langgraph_dba.database.ddl.derived_columns import with_derived_column_triggers
from langgraph_dba.database.ddl.quoting import quote_name
from langgraph_dba.database.ddl.security import expand_isolation, grant_statement, role_statements, table_security
from langgraph_dba.database.ddl.sqlalchemy_tables import is_inline
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model.catalogue_objects import Position
from langgraph_dba.database.model.schema import (
    Condition,
    Grant,
    NamedType,
    Partition,
    Routine,
    Schema,
    Sequence,
    Table,
    Trigger,
    View,
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One statement beside those of tables; `down` is empty if dropping the table removes the object too.

    `over_tables`: a table cannot be dropped while this object exists.
    """

    table: str
    up: str
    down: str = ""
    over_tables: bool = False


def preparations(schema: Schema, traits: Traits) -> tuple[Feature, ...]:
    """Return the extensions, types, sequences and routines that tables use, in the order in which to create them."""
    # extensions before the schema of PostgreSQL is selected: within it they would keep it from being dropped
    result = [Feature("", f"CREATE EXTENSION IF NOT EXISTS {quote_name(name, traits)}") for name in schema.extensions]
    result += _namespace(schema, traits)
    result += _others(schema, "first")
    # in this order: a type may come from an extension, and a routine may have it as an argument
    result += [_type(one, traits) for one in schema.types]
    result += [_sequence(one, traits) for one in schema.sequences]
    early, _ = _routines(schema)
    return (*result, *_create_routines(early, frozenset()), *_others(schema, "before-tables"))


def drops(created: tuple[Feature, ...]) -> tuple[list[str], list[str]]:
    """Return the statements that drop what features created: those before the tables are dropped, and those after."""
    dropped = [one for one in reversed(created) if one.down]
    return [one.down for one in dropped if one.over_tables], [one.down for one in dropped if not one.over_tables]


def _namespace(schema: Schema, traits: Traits) -> Iterator[Feature]:
    if schema.namespace:
        name = quote_name(schema.namespace, traits)
        yield Feature("", f"CREATE SCHEMA IF NOT EXISTS {name}", f"DROP SCHEMA {name}")
        yield Feature("", f"SET search_path TO {name}, public")


def _others(schema: Schema, position: Position) -> list[Feature]:
    # the last ones are dropped before everything else, see `rendering.py`
    return [
        Feature("", one.definition, "" if position == "last" else one.drop, over_tables=position == "before-views")
        for one in schema.others
        if one.position == position
    ]


def features(schema: Schema, traits: Traits, *, enforced: bool = True) -> tuple[Feature, ...]:
    """Return routines, views, triggers, roles, policies and grants in their order of creation, after all tables.

    With `enforced=False`: without constraints, triggers and row-level security.
    """
    expanded = expand_isolation(schema, traits)
    if enforced:
        # the copies before the rules: a rule may refuse a row because of one
        expanded = with_derived_column_triggers(with_copying_triggers(expanded, traits), traits)
        expanded = with_rule_triggers(expanded, traits)
    return tuple(_features(expanded, traits, enforced=enforced))


def _features(schema: Schema, traits: Traits, *, enforced: bool) -> Iterator[Feature]:
    yield from _sequence_owners(schema, traits)
    rows = frozenset((*(table.sql_name for table in schema.tables), *(view.name for view in schema.views)))
    yield from _create_routines(_routines(schema)[1], rows)
    yield from _others(schema, "before-views")
    for view in schema.views:
        yield from _view(view, traits)
    if enforced:
        yield from _others(schema, "before-constraints")
        for table in schema.tables:
            yield from _engine_constraints(table, traits)
        # triggers after views: on some engines a view can have triggers
        yield from (feature for trigger in schema.triggers for feature in _trigger(trigger, traits))
    for role in schema.roles:
        yield from (Feature("", statement) for statement in role_statements(role, traits))
    grants: dict[str, list[Grant]] = {}
    for grant in schema.grants:
        grants.setdefault(grant.on, []).append(grant)
    for table in schema.tables:
        if enforced:
            yield from (Feature(table.name, statement) for statement in table_security(table, traits))
        own = grants.pop(table.sql_name, [])
        yield from (Feature(table.name, grant_statement(grant, traits)) for grant in own)
    # grants on views and sequences
    yield from (Feature("", grant_statement(grant, traits)) for grant in schema.grants if grant.on in grants)
    if enforced:  # they may refer to constraints
        yield from _others(schema, "last")


def _sequence_owners(schema: Schema, traits: Traits) -> Iterator[Feature]:
    for one in schema.sequences:
        if one.owner:
            yield Feature("", f"ALTER SEQUENCE {quote_name(one.name, traits)} OWNED BY {one.owner}")


def _type(one: NamedType, traits: Traits) -> Feature:
    kind, name = one.kind.upper(), quote_name(one.name, traits)
    return Feature("", f"CREATE {kind} {name} AS {one.definition}", f"DROP {kind} {name}")


def _sequence(one: Sequence, traits: Traits) -> Feature:
    name = quote_name(one.name, traits)
    return Feature("", f"CREATE SEQUENCE {name} {one.definition}".strip(), f"DROP SEQUENCE IF EXISTS {name}")


def _routines(schema: Schema) -> tuple[list[Routine], list[Routine]]:
    """Return (routines that tables call, created before them; all others, which may refer to tables)."""
    text = " ".join(_table_sql(schema))
    called = set(re.findall(r"(\w+)\(", text))
    early: list[Routine] = []
    late: list[Routine] = []
    for one in schema.routines:
        name = one.name.partition("(")[0]
        # a name that needs quotes (a space, a hyphen) is not matched by \w+: search the whole text for it
        is_called = name in called if re.fullmatch(r"\w+", name) else re.search(rf"\b{re.escape(name)}\(", text)
        (early if is_called else late).append(one)
    return early, late


def _table_sql(schema: Schema) -> Iterator[str]:
    """Yield every SQL text of types and tables that can call a routine."""
    yield from (one.definition for one in schema.types)
    # the statement that creates an operator, an aggregate or a cast names its functions without parentheses
    names = (re.findall(r"\w+", one.definition) for one in schema.others if one.position == "before-tables")
    yield from (f"{word}(" for words in names for word in words)
    for table in schema.tables:
        yield from (check.sql for check in table.checks if isinstance(check, Condition))
        for column in table.columns:
            yield column.default_sql
            yield column.generated.expression if column.generated else ""
        for index in table.indexes:
            yield from (part.expression for part in index.keys)
            yield index.where


def _create_routines(routines: list[Routine], rows: frozenset[str]) -> Iterator[Feature]:
    """Yield the statements of routines; those with a type in `rows` as an argument or result depend on the table."""
    if routines and any("$function$" in one.definition for one in routines):
        # their bodies may refer to routines, views or tables that are created after them
        yield Feature("", "SET check_function_bodies = off")
    for one in routines:
        kind = "PROCEDURE" if re.match(r"CREATE (OR REPLACE )?PROCEDURE", one.definition) else "FUNCTION"
        # without the body: the tables in it may be dropped first
        head = re.split(r"\bAS\s*(?:\$|E?')|\bBEGIN\b", one.definition.partition("(")[2], maxsplit=1)[0]
        over_tables = not rows.isdisjoint(re.findall(r"\w+", head))
        yield Feature("", one.definition.rstrip().rstrip(";"), f"DROP {kind} {one.name}", over_tables=over_tables)


def _view(view: View, traits: Traits) -> Iterator[Feature]:
    kind, name = "MATERIALIZED VIEW" if view.materialised else "VIEW", quote_name(view.name, traits)
    is_clause = view.options.startswith(("ALGORITHM=", "SQL SECURITY"))  # MariaDB's
    settings = f" WITH ({view.options})" if view.options and not is_clause else ""
    clause = f"{view.options} " if is_clause else ""
    yield Feature(
        "",
        f"CREATE {clause}{kind} {name}{settings} {view.definition.rstrip(';')}",
        f"DROP {kind} {name}",
        over_tables=True,
    )
    yield from (Feature("", statement) for statement in view.indexes)
    if view.comment:
        text = view.comment.replace("'", "''")
        yield Feature("", f"COMMENT ON {kind} {name} IS '{text}'")


def _trigger(trigger: Trigger, traits: Traits) -> Iterator[Feature]:
    yield Feature(trigger.on, trigger.definition.rstrip(";"))
    # CREATE TRIGGER always enables the trigger: every other state needs ALTER TABLE
    if trigger.fires:
        statement = (
            f"ALTER TABLE {quote_name(trigger.on, traits)} {trigger.fires} TRIGGER {quote_name(trigger.name, traits)}"
        )
        yield Feature(trigger.on, statement)


def _engine_constraints(table: Table, traits: Traits) -> Iterator[Feature]:
    """Yield the constraints of a kind that only one engine has, such as EXCLUDE."""
    for constraint in table.constraints:
        name = quote_name(constraint.name, traits)
        yield Feature(
            table.name, f"ALTER TABLE {quote_name(table.sql_name, traits)} ADD CONSTRAINT {name} {constraint.sql}"
        )


def partitions(table: Table, traits: Traits) -> Iterator[str]:
    """Yield the statements that create the partitions of a table as tables of their own, right after the table."""
    separate = tuple(part for part in table.partitions if not is_inline(part))
    yield from _partitions(table.sql_name, separate, traits)


def _partitions(parent: str, parts: tuple[Partition, ...], traits: Traits) -> Iterator[str]:
    for part in parts:
        subpartitioning = f" PARTITION BY {part.partitioned_by}" if part.partitioned_by else ""
        name = quote_name(part.name, traits)
        yield f"CREATE TABLE {name} PARTITION OF {quote_name(parent, traits)} {part.bound}{subpartitioning}"
        yield from _partitions(part.name, part.partitions, traits)
