"""What a schema says that `MetaData` cannot carry, as statements: some before the tables, most of them after."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from langgraph_dba.database.ddl.derived_columns import with_copies
from langgraph_dba.database.ddl.security import grant_statement, role_statements, table_security, with_derived
from langgraph_dba.database.ddl.sqlalchemy_tables import is_inline, quoted
from langgraph_dba.database.engines import Traits
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
    """One statement beyond tables; `down` is empty where dropping the table takes it along."""

    table: str
    up: str
    down: str = ""


def preparations(schema: Schema, traits: Traits) -> tuple[Feature, ...]:
    """Return what tables are made of, in the order in which it runs before any of them exists."""
    found = [Feature("", f"CREATE EXTENSION IF NOT EXISTS {quoted(name, traits)}") for name in schema.extensions]
    found += [_type(one, traits) for one in schema.types]
    found += [_sequence(one, traits) for one in schema.sequences]
    early, _ = _routines(schema)
    return (*found, *_made(early))


def features(schema: Schema, traits: Traits, *, enforced: bool = True) -> tuple[Feature, ...]:
    """Return routines, views, triggers, roles, policies and grants in the order in which they run after all tables.

    Without `enforced` only views, roles and grants remain.
    """
    spelled_out = with_copies(with_derived(schema, traits), traits)
    return tuple(_features(spelled_out, traits, enforced=enforced))


def _features(schema: Schema, traits: Traits, *, enforced: bool) -> Iterator[Feature]:
    for one in schema.sequences:
        if one.owner:
            yield Feature("", f"ALTER SEQUENCE {quoted(one.name, traits)} OWNED BY {one.owner}")
    yield from _made(_routines(schema)[1])
    for view in schema.views:
        yield from _view(view, traits)
    if enforced:
        for table in schema.tables:
            yield from _rules(table, traits)
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
    yield from (Feature("", grant_statement(grant, traits)) for grant in schema.grants if grant.on in grants)


def _type(one: NamedType, traits: Traits) -> Feature:
    kind, name = one.kind.upper(), quoted(one.name, traits)
    return Feature("", f"CREATE {kind} {name} AS {one.definition}", f"DROP {kind} {name}")


def _sequence(one: Sequence, traits: Traits) -> Feature:
    name = quoted(one.name, traits)
    return Feature("", f"CREATE SEQUENCE {name} {one.definition}".strip(), f"DROP SEQUENCE IF EXISTS {name}")


def _routines(schema: Schema) -> tuple[list[Routine], list[Routine]]:
    """Divide routines into those that tables call, which come first, and the rest, which may speak of tables."""
    words = " ".join(_texts(schema))
    called = set(re.findall(r"(\w+)\(", words))
    early: list[Routine] = []
    late: list[Routine] = []
    for one in schema.routines:
        name = one.name.partition("(")[0]
        # a name in quotes is no word of the text: it is searched for in all of it
        is_called = name in called if re.fullmatch(r"\w+", name) else re.search(rf"\b{re.escape(name)}\(", words)
        (early if is_called else late).append(one)
    return early, late


def _texts(schema: Schema) -> Iterator[str]:
    yield from (one.definition for one in schema.types)
    for table in schema.tables:
        yield from (check.sql for check in table.checks if isinstance(check, Condition))
        for column in table.columns:
            yield column.default_sql
            yield column.generated.expression if column.generated else ""
        for index in table.indexes:
            yield from (part.expression for part in index.keys)
            yield index.where


def _made(routines: list[Routine]) -> Iterator[Feature]:
    if routines and any("$function$" in one.definition for one in routines):
        # their bodies may speak of what is made later
        yield Feature("", "SET LOCAL check_function_bodies = off")
    for one in routines:
        kind = "PROCEDURE" if re.match(r"CREATE (OR REPLACE )?PROCEDURE", one.definition) else "FUNCTION"
        yield Feature("", one.definition.rstrip().rstrip(";"), f"DROP {kind} {one.name}")


def _view(view: View, traits: Traits) -> Iterator[Feature]:
    kind, name = "MATERIALIZED VIEW" if view.materialised else "VIEW", quoted(view.name, traits)
    settings = f" WITH ({view.options})" if "=" in view.options else ""
    words = f"{view.options} " if view.options and not settings else ""  # such as SQL SECURITY INVOKER
    yield Feature("", f"CREATE {words}{kind} {name}{settings} {view.definition.rstrip(';')}", f"DROP {kind} {name}")
    yield from (Feature("", statement) for statement in view.indexes)
    if view.comment:
        text = view.comment.replace("'", "''")
        yield Feature("", f"COMMENT ON {kind} {name} IS '{text}'")


def _trigger(trigger: Trigger, traits: Traits) -> Iterator[Feature]:
    yield Feature(trigger.on, trigger.definition.rstrip(";"))
    if trigger.fires:
        statement = f"ALTER TABLE {quoted(trigger.on, traits)} {trigger.fires} TRIGGER {quoted(trigger.name, traits)}"
        yield Feature(trigger.on, statement)


def _rules(table: Table, traits: Traits) -> Iterator[Feature]:
    """The constraints of a kind that only the engine knows."""
    name = quoted(table.sql_name, traits)
    for rule in table.constraints:
        yield Feature(table.name, f"ALTER TABLE {name} ADD CONSTRAINT {quoted(rule.name, traits)} {rule.sql}")


def partitions(table: Table, traits: Traits) -> Iterator[str]:
    """Yield the statements that make a table's partitions, which come right after it."""
    apart = tuple(part for part in table.partitions if not is_inline(part))
    yield from _partitions(table.sql_name, apart, traits)


def _partitions(parent: str, parts: tuple[Partition, ...], traits: Traits) -> Iterator[str]:
    for part in parts:
        again = f" PARTITION BY {part.partitioned_by}" if part.partitioned_by else ""
        yield f"CREATE TABLE {quoted(part.name, traits)} PARTITION OF {quoted(parent, traits)} {part.bound}{again}"
        yield from _partitions(part.name, part.partitions, traits)
