"""A schema as SQLAlchemy `MetaData` for one engine: all that SQLAlchemy can carry; `features.py` holds the rest."""

import re
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from langgraph_dba.database.engines import Traits
from langgraph_dba.database.schema import model
from langgraph_dba.database.schema.index_lengths import prefix_lengths
from langgraph_dba.database.schema.storage import literal, storage, storage_check, storage_default, stored


def to_metadata(schema: model.Schema, traits: Traits, *, enforced: bool = True) -> sa.MetaData:
    """Return the tables of `schema` in the engine's own types.

    Without `enforced` every rule is left out (keys, checks, NOT NULL, unique, foreign keys): the bare shape, against
    which a test of a rule must fail.
    """
    metadata = sa.MetaData()
    for number, table in enumerate(schema.tables):
        later = frozenset(other.name for other in schema.tables[number:])
        _table(metadata, table, traits, later, enforced=enforced)
    return metadata


def _table(metadata: sa.MetaData, table: model.Table, traits: Traits, later: frozenset[str], *, enforced: bool) -> None:
    columns = [_column(table, column, traits, enforced=enforced) for column in table.columns]
    built = sa.Table(table.name, metadata, *columns, **traits.table_options)
    if not enforced:
        return
    built.append_constraint(sa.PrimaryKeyConstraint(*table.primary_key, name=f"{table.name}_pkey"))
    for unique in table.uniques:
        built.append_constraint(sa.UniqueConstraint(*unique.columns, name=unique.name))
    for name, condition in conditions(table, traits):
        built.append_constraint(sa.CheckConstraint(_verbatim(condition), name=name))
    for key in table.foreign_keys:
        built.append_constraint(_foreign_key(key, traits, waits=key.target in later))
    for index in table.indexes:
        _index(built, table, index, traits)


def _column(table: model.Table, column: model.Column, traits: Traits, *, enforced: bool) -> "sa.Column[object]":
    default = storage_default(column, traits)
    identity = column.type.name == "identity" and traits.identity_columns and enforced
    return sa.Column(
        column.name,
        storage(column.type, traits),
        *([sa.Identity(always=False)] if identity else []),
        nullable=not enforced or (column.nullable and column.name not in table.primary_key),
        server_default=_verbatim(default) if default is not None else None,
        autoincrement=True if column.type.name == "identity" and enforced else "auto",
    )


def _verbatim(sql: str) -> sa.TextClause:
    """SQL as it stands: a colon before a word would be taken for a parameter."""
    return sa.text(re.sub(r":(?=\w)", r"\:", sql))


def offline_dialect(traits: Traits) -> sa.Dialect:
    """Return the dialect for text that no driver sees: where parameters are marked by `%`, every `%` is doubled."""
    dialect: type[DefaultDialect] = sa.make_url(f"{traits.dialect}://").get_dialect()  # type: ignore[assignment]
    return dialect(paramstyle="named")


def conditions(table: model.Table, traits: Traits) -> list[tuple[str, str]]:
    """Return (name, SQL condition) of every CHECK: the schema's own, and those that keep a type's promise."""
    own = [(check.name, condition(check, table, traits)) for check in table.checks]
    kept = [(f"{table.name}_{c.name}_stored", storage_check(c, traits)) for c in table.columns]
    return own + [(name, text) for name, text in kept if text]


def condition(check: model.Check, table: model.Table, traits: Traits) -> str:
    """Return a check as SQL of one engine; bounds of decimals are scaled where they are stored as minor units."""
    match check:
        case model.Range(column=name, low=low, high=high):
            type_ = table.column(name).type
            bounds = [(sign, bound) for sign, bound in ((">=", low), ("<=", high)) if bound is not None]
            return " AND ".join(f"{name} {sign} {_number(bound, type_, traits)}" for sign, bound in bounds)
        case model.Choice(column=name, values=values):
            return f"{name} IN ({', '.join(literal(value, traits) for value in values)})"
        case model.Ordered(first=first, last=last):
            return f"{last} >= {first}"
        case model.Filled(column=name):
            return f"length(trim({name})) > 0"


def _number(bound: Decimal, type_: model.ColumnType, traits: Traits) -> str:
    return str(stored(bound, type_, traits)) if type_.name == "decimal" else f"{bound:f}"


def delete_action(key: model.ForeignKey, traits: Traits) -> model.DeleteAction:
    """Return what really becomes of the row on this engine: emptying some columns of a key falls back to a refusal."""
    some = key.on_delete == "set-null" and key.null_columns not in ((), key.columns)
    return "restrict" if some and not traits.null_some_columns else key.on_delete


def _foreign_key(key: model.ForeignKey, traits: Traits, *, waits: bool) -> sa.ForeignKeyConstraint:
    """`waits`: rows that refer to each other in a circle can only go together, which RESTRICT would not let them."""
    action = delete_action(key, traits)
    text = "NO ACTION" if waits and action == "restrict" else action.upper().replace("-", " ")
    if action == "set-null" and key.null_columns not in ((), key.columns):
        text += f" ({', '.join(key.null_columns)})"
    targets = [f"{key.target}.{column}" for column in key.target_columns]
    return sa.ForeignKeyConstraint(key.columns, targets, name=key.name, ondelete=text)


def _index(built: sa.Table, table: model.Table, index: model.Index, traits: Traits) -> None:
    trailing = () if traits.include_columns else tuple(c for c in index.include if c not in index.columns)
    columns = [built.c[name] for name in index.columns + trailing]
    include: dict[str, Any] = (
        {"postgresql_include": list(index.include)} if traits.include_columns and index.include else {}
    )
    lengths = {} if index.unique else prefix_lengths([table.column(column.name) for column in columns], traits)
    partly: dict[str, Any] = {f"{traits.dialect}_length": dict(lengths)} if lengths else {}
    sa.Index(index.name, *columns, unique=index.unique, **include, **partly)
