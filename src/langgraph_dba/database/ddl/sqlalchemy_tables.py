"""Convert a schema to SQLAlchemy `MetaData` for one engine; what `MetaData` cannot hold is in `features.py`."""

import re
from copy import copy
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from langgraph_dba.database.ddl.copied_columns import with_copied_keys
from langgraph_dba.database.ddl.index_lengths import prefix_lengths
from langgraph_dba.database.ddl.quoting import offline_dialect, quote_name
from langgraph_dba.database.ddl.type_mapping import (
    EngineType,
    literal,
    storage,
    storage_check,
    storage_default,
    to_engine_value,
)
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model import schema as model

PERSONAL = "personal"  # prefix of a column comment that marks personal data


def to_metadata(schema: model.Schema, traits: Traits, *, enforced: bool = True) -> sa.MetaData:
    """Return the tables of `schema` with the engine's types.

    With `enforced=False`: without keys, checks, NOT NULL, unique and foreign keys. A test of a constraint must fail on
    such a database; otherwise it would pass whether the constraint exists or not.
    """
    metadata = sa.MetaData()
    schema = with_copied_keys(schema, traits) if enforced else schema
    # SQLite cannot add a foreign key to an existing table, but accepts one to a table that does not exist yet
    late = {(table.name, key.name) for table, key in schema.late_foreign_keys()} if traits.adds_constraints else set()
    for table in schema.tables:
        built = _table(metadata, table, traits, enforced=enforced)
        for key in table.foreign_keys if enforced else ():
            built.append_constraint(_foreign_key(schema, table, key, traits, late=(table.name, key.name) in late))
    return metadata


def _table(metadata: sa.MetaData, table: model.Table, traits: Traits, *, enforced: bool) -> sa.Table:
    columns = [_column(table, column, traits, enforced=enforced) for column in table.columns]
    built = sa.Table(table.sql_name, metadata, *columns, **table_options(table, traits, enforced=enforced))
    if not enforced:
        return built
    if table.primary_key:
        deferral = _deferral(table.key_deferrable) | _on_conflict(table.key_on_conflict, traits)
        built.append_constraint(sa.PrimaryKeyConstraint(*table.primary_key, name=table.primary_key_name, **deferral))
    for unique in table.uniques:
        built.append_constraint(_unique(unique, traits))
    for name, condition in check_conditions(table, traits):
        built.append_constraint(sa.CheckConstraint(_verbatim(condition), name=name))
    for index in table.indexes:
        if not _is_created_with_key(index, table, traits):
            _index(built, table, index, traits)
    return built


def _column(table: model.Table, column: model.Column, traits: Traits, *, enforced: bool) -> "sa.Column[object]":
    default = storage_default(column, traits)
    counts = column.type.name == "identity" and enforced
    usual = counts and traits.identity_columns and column.identity is None and not column.type.native
    type_ = full_column_type(column, traits, enforced=enforced)
    # SQLAlchemy makes a number that is the whole primary key autoincrement unless `autoincrement` is False
    lone = table.primary_key == (column.name,)
    return sa.Column(
        column.sql_name,
        type_,
        *([sa.Identity(always=False)] if usual else []),
        *([_computed(column.generated)] if column.generated and enforced else []),
        key=column.name,
        nullable=not enforced or (column.nullable and column.name not in table.primary_key),
        server_default=_verbatim(default) if default is not None else None,
        autoincrement=True
        if counts and not isinstance(type_, EngineType)
        else False
        if lone and not counts
        else "auto",
        comment=column_comment(column, traits),
        **(_column_conflicts(table, column, traits) if enforced else {}),
    )


def _computed(generated: model.Generated) -> sa.Computed:
    return sa.Computed(_verbatim(generated.expression), persisted=generated.stored)


def full_column_type(column: model.Column, traits: Traits, *, enforced: bool) -> sa.types.TypeEngine[Any]:
    """Return a column's type with its collation and identity clause, if it has any."""
    type_ = storage(column.type, traits)
    dialect = offline_dialect(traits)
    more = []
    if column.collation and isinstance(type_, sa.String) and not column.type.native:
        text = copy(type_)
        text.collation = column.collation
        type_ = text
    elif column.collation:
        more.append(f"COLLATE {quote_name(column.collation, traits)}")
    if column.identity and enforced and traits.identity_columns:
        options = f" ({column.identity.options})" if column.identity.options else ""
        more.append(f"GENERATED {'ALWAYS' if column.identity.always else 'BY DEFAULT'} AS IDENTITY{options}")
    # a type as text (such as an INT key) is no integer for SQLAlchemy, which would leave AUTO_INCREMENT out
    if column.type.name == "identity" and column.type.native and enforced and not traits.identity_columns:
        more.append("AUTO_INCREMENT")
    return EngineType(" ".join((type_.compile(dialect=dialect), *more))) if more else type_


def column_comment(column: model.Column, traits: Traits) -> str | None:
    """Return the comment of a column for the catalogue; a prefix marks personal data, which SQL cannot declare."""
    if "comments" not in traits.keeps:
        return None
    marked = column.comment.lower().startswith(PERSONAL)
    mark = PERSONAL if column.personal and not marked else ""
    return ": ".join(filter(None, (mark, column.comment))) or None


def table_options(table: model.Table, traits: Traits, *, enforced: bool) -> dict[str, Any]:
    """Return the keyword arguments of SQLAlchemy's `Table`."""
    options = dict(traits.table_options)
    if table.options is not None:
        options = _options(table.options, traits)
    if "comments" in traits.keeps and table.comment:
        options["comment"] = table.comment
    if table.partitioned_by and enforced:
        options[f"{traits.dialect}_partition_by"] = " ".join(
            filter(None, (table.partitioned_by, inline_partitions(table, traits)))
        )
    # without AUTOINCREMENT, SQLite uses the largest identity again after its row was deleted
    if any(c.identity and "AUTOINCREMENT" in c.identity.options for c in table.columns):
        options[f"{traits.dialect}_autoincrement"] = True
    return options


def inline_partitions(table: model.Table, traits: Traits) -> str:
    """Return the partitions that are part of CREATE TABLE (MariaDB's); empty if there are none."""
    inline = [part for part in table.partitions if is_inline(part)]
    if inline and all(part.name == f"p{number}" and not part.bound for number, part in enumerate(inline)):
        return f"PARTITIONS {len(inline)}"  # of a hash: MariaDB names them so
    parts = [f"PARTITION {quote_name(part.name, traits)} {part.bound}".strip() for part in inline]
    return f"({', '.join(parts)})" if parts else ""


def is_inline(part: model.Partition) -> bool:
    """Return whether a partition is part of its table's CREATE TABLE; PostgreSQL's are tables of their own."""
    return not part.bound.startswith(("FOR VALUES", "DEFAULT"))


def default_options(traits: Traits) -> tuple[str, ...]:
    """Return the options of a generated table in the form in which the catalogue shows them."""
    options = ((name.removeprefix(f"{traits.dialect}_"), value) for name, value in traits.table_options.items())
    return tuple(name.upper() if value is True else f"{name}={value}" for name, value in options)


def _options(options_sql: tuple[str, ...], traits: Traits) -> dict[str, Any]:
    """Convert `STRICT`, `WITHOUT ROWID`, `UNLOGGED` and settings such as `fillfactor=70` to keyword arguments."""
    options: dict[str, Any] = {}
    settings = dict(option.split("=", 1) for option in options_sql if "=" in option)
    for option in options_sql:
        if option == "WITHOUT ROWID":
            options[f"{traits.dialect}_with_rowid"] = False
        elif option == "UNLOGGED":
            options["prefixes"] = [option]
        elif "=" not in option:
            options[f"{traits.dialect}_{option.lower()}"] = True
    if "settings" in traits.keeps and settings:
        options[f"{traits.dialect}_with"] = settings
    elif settings:
        options |= {f"{traits.dialect}_{name}": value for name, value in settings.items()}
    return options


def _deferral(deferrable: model.Deferrable) -> dict[str, Any]:
    if not deferrable:
        return {}
    return {"deferrable": True, "initially": "DEFERRED" if deferrable == "deferred" else "IMMEDIATE"}


def _on_conflict(action: model.OnConflict, traits: Traits, constraint: str = "") -> dict[str, Any]:
    return {f"{traits.dialect}_on_conflict{constraint}": action.upper()} if action else {}


def _column_conflicts(table: model.Table, column: model.Column, traits: Traits) -> dict[str, Any]:
    # an AUTOINCREMENT key is declared beside its column
    is_key = table.primary_key == (column.name,)
    key = _on_conflict(table.key_on_conflict, traits, "_primary_key") if is_key else {}
    return _on_conflict(column.on_conflict, traits, "_not_null") | key


def _unique(unique: model.Unique, traits: Traits) -> sa.UniqueConstraint:
    more = _deferral(unique.deferrable) | _on_conflict(unique.on_conflict, traits)
    if unique.nulls_equal:
        more[f"{traits.dialect}_nulls_not_distinct"] = True
    if unique.include:
        more[f"{traits.dialect}_include"] = list(unique.include)
    return sa.UniqueConstraint(*unique.columns, name=unique.name, **more)


def _verbatim(sql: str) -> sa.TextClause:
    r"""Return SQL that SQLAlchemy does not change: `:word` would become a parameter, `\:` would lose its backslash.

    Escaping one colon does not work beside an unescaped one: all colons are escaped, or none.
    """
    return sa.text(sql.replace(":", "\\:") if re.search(r":\w|\\:", sql) else sql)


def check_conditions(table: model.Table, traits: Traits) -> list[tuple[str, str]]:
    """Return (name, SQL condition) of every CHECK: the schema's, and those that a type of the engine needs."""
    declared = [(check.name, check_sql(check, table, traits)) for check in table.checks]
    storage_checks = [(f"{table.name}_{c.name}_stored", storage_check(c, traits)) for c in table.columns]
    return declared + [(name, text) for name, text in storage_checks if text]


def check_sql(check: model.Check, table: model.Table, traits: Traits) -> str:
    """Return a check as SQL; bounds of decimals are scaled on engines that store minor units."""

    def name(column: str) -> str:
        return quote_name(table.column(column).sql_name, traits)

    match check:
        case model.Range(column=column, low=low, high=high):
            type_ = table.column(column).type
            bounds = [(sign, bound) for sign, bound in ((">=", low), ("<=", high)) if bound is not None]
            return " AND ".join(f"{name(column)} {sign} {_number(bound, type_, traits)}" for sign, bound in bounds)
        case model.Choice(column=column, values=values):
            return f"{name(column)} IN ({', '.join(literal(value, traits) for value in values)})"
        case model.Ordered(first=first, last=last):
            return f"{name(last)} >= {name(first)}"
        case model.Filled(column=column):
            return f"length(trim({name(column)})) > 0"
        case model.Condition(sql=sql):
            return sql


def _number(bound: Decimal, type_: model.ColumnType, traits: Traits) -> str:
    return str(to_engine_value(bound, type_, traits)) if type_.name == "decimal" else f"{bound:f}"


def delete_action(key: model.ForeignKey | model.OuterKey, traits: Traits) -> model.DeleteAction:
    """Return the ON DELETE action that the engine supports: RESTRICT if it cannot set only some columns to NULL."""
    is_partial = key.on_delete == "set-null" and key.null_columns not in ((), key.columns)
    return "restrict" if is_partial and not traits.null_some_columns else key.on_delete


def _foreign_key(
    schema: model.Schema, table: model.Table, key: model.ForeignKey, traits: Traits, *, late: bool
) -> sa.ForeignKeyConstraint:
    """Return the constraint; `late` sets `use_alter`: SQLAlchemy then adds it when all tables exist."""
    action = delete_action(key, traits)
    # rows that refer to each other in a circle can only be deleted by one statement; RESTRICT checks each row at once
    # and refuses it, NO ACTION checks at the end of the statement. A reflected RESTRICT was declared so: it stays
    is_circular = schema.is_circular(table, key)
    is_softened = is_circular and action == "restrict" and not schema.engine
    text = "NO ACTION" if is_softened else action.upper().replace("-", " ")
    if action == "set-null" and key.null_columns not in ((), key.columns):
        text += f" ({', '.join(quote_name(table.column(name).sql_name, traits) for name in key.null_columns)})"
    targets = [f"{schema.table(key.target).sql_name}.{column}" for column in key.target_columns]
    more: dict[str, Any] = _deferral(key.deferrable)
    if key.on_update != "no-action":
        more["onupdate"] = key.on_update.upper().replace("-", " ")
    if key.match_full:
        more["match"] = "FULL"
    if not key.validated and "unvalidated" in traits.keeps:
        more[f"{traits.dialect}_not_valid"] = True
    return sa.ForeignKeyConstraint(
        key.columns,
        targets,
        name=key.name,
        ondelete=None if text == "NO ACTION" and not is_circular else text,
        use_alter=late,
        **more,
    )


def to_index(table: model.Table, index: model.Index, traits: Traits) -> sa.Index:
    """Return one index of a table.

    It belongs to a table of untyped columns: building the metadata of the whole schema for each index made the time to
    render all indexes quadratic.
    """
    columns: list[sa.Column[Any]] = [sa.Column(column.sql_name, key=column.name) for column in table.columns]
    return _index(sa.Table(table.sql_name, sa.MetaData(), *columns), table, index, traits)


def _index(built: sa.Table, table: model.Table, index: model.Index, traits: Traits) -> sa.Index:
    if index.keys or index.where or index.method or index.nulls_equal or index.options:
        return _special_index(built, table, index, traits)
    # without INCLUDE, its columns become the last key columns: index-only scans stay possible
    trailing = () if traits.include_columns else tuple(c for c in index.include if c not in index.columns)
    columns = [built.c[name] for name in index.columns + trailing]
    include: dict[str, Any] = (
        {f"{traits.dialect}_include": list(index.include)} if traits.include_columns and index.include else {}
    )
    # a prefix in a unique index would make it unique over the prefix
    lengths = {} if index.unique else prefix_lengths([table.column(column.key) for column in columns], traits)
    prefixes: dict[str, Any] = {f"{traits.dialect}_length": dict(lengths)} if lengths else {}
    return sa.Index(index.name, *columns, unique=index.unique, **include, **prefixes)


def _is_created_with_key(index: model.Index, table: model.Table, traits: Traits) -> bool:
    """Return whether the engine creates this index itself, together with the foreign key of the same name."""
    keys = {key.name: key.columns for key in table.foreign_keys}
    return not traits.bare_references and keys.get(index.name) == index.columns and not index.unique


def _special_index(built: sa.Table, table: model.Table, index: model.Index, traits: Traits) -> sa.Index:
    parts = [_verbatim(index_key_sql(part, table, traits)) for part in index.parts]
    more: dict[str, Any] = {}
    if index.include:
        more["include"] = list(index.include)
    if index.where:
        more["where"] = _verbatim(index.where)
    if index.method in ("fulltext", "spatial"):
        more["prefix"] = index.method.upper()
    elif index.method:
        more["using"] = index.method
    if index.nulls_equal:
        more["nulls_not_distinct"] = True
    if index.options:
        more["with"] = dict(option.split("=", 1) for option in index.options.split(", "))
    arguments = {f"{traits.dialect}_{name}": value for name, value in more.items()}
    # text() expressions belong to no table, so the index cannot find its table by them
    return sa.Index(index.name, *parts, unique=index.unique, _table=built, **arguments)


def index_key_sql(part: model.IndexKey, table: model.Table, traits: Traits) -> str:
    """Return one key of an index as SQL: column or expression, prefix length, collation, operator class and order."""
    name = quote_name(table.column(part.column).sql_name, traits) if part.column else part.expression
    parts = [f"{name}({part.length})" if part.length else name]
    if part.collation:
        parts.append(f"COLLATE {quote_name(part.collation, traits)}")
    parts += [part.operator_class, "DESC" if part.descending else ""]
    parts.append(f"NULLS {part.nulls.upper()}" if part.nulls else "")
    return " ".join(filter(None, parts))
