"""A schema as SQLAlchemy `MetaData` for one engine: all that SQLAlchemy can carry; `features.py` holds the rest."""

import re
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from langgraph_dba.database.ddl import quoting
from langgraph_dba.database.ddl.index_lengths import prefix_lengths
from langgraph_dba.database.ddl.type_mapping import (
    EngineType,
    literal,
    storage,
    storage_check,
    storage_default,
    stored,
)
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.model import schema as model

PERSONAL = "personal"  # how a column's comment begins that marks it


def to_metadata(schema: model.Schema, traits: Traits, *, enforced: bool = True) -> sa.MetaData:
    """Return the tables of `schema` in the engine's own types.

    Without `enforced` every rule is left out (keys, checks, NOT NULL, unique, foreign keys): the bare shape, against
    which a test of a rule must fail.
    """
    metadata = sa.MetaData()
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
        waiting = _waiting(table.key_deferrable)
        built.append_constraint(sa.PrimaryKeyConstraint(*table.primary_key, name=table.primary_key_name, **waiting))
    for unique in table.uniques:
        built.append_constraint(_unique(unique, traits))
    for name, condition in conditions(table, traits):
        built.append_constraint(sa.CheckConstraint(_verbatim(condition), name=name))
    for index in table.indexes:
        if not _is_made_with_key(index, table, traits):
            _index(built, table, index, traits)
    return built


def _column(table: model.Table, column: model.Column, traits: Traits, *, enforced: bool) -> "sa.Column[object]":
    default = storage_default(column, traits)
    counts = column.type.name == "identity" and enforced
    usual = counts and traits.identity_columns and column.identity is None and not column.type.native
    type_ = storage_in_full(column, traits, enforced=enforced)
    lone = table.primary_key == (column.name,)  # SQLAlchemy would let a number count that is a key by itself
    return sa.Column(
        column.sql_name,
        type_,
        *([sa.Identity(always=False)] if usual else []),
        key=column.name,
        nullable=not enforced or (column.nullable and column.name not in table.primary_key),
        server_default=_verbatim(default) if default is not None else None,
        autoincrement=True
        if counts and not isinstance(type_, EngineType)
        else False
        if lone and not counts
        else "auto",
        comment=written_comment(column, traits),
    )


def storage_in_full(column: model.Column, traits: Traits, *, enforced: bool) -> sa.types.TypeEngine[Any]:
    """Return a column's type with its collation and the way it is computed or counted, where it has any."""
    type_ = storage(column.type, traits)
    dialect = offline_dialect(traits)
    more = []
    if column.collation:
        more.append(f"COLLATE {quoted(column.collation, traits)}")
    if column.generated and enforced:
        kind = "STORED" if column.generated.stored else "VIRTUAL"
        more.append(f"GENERATED ALWAYS AS ({column.generated.expression}) {kind}")
    if column.identity and enforced and traits.identity_columns:
        options = f" ({column.identity.options})" if column.identity.options else ""
        more.append(f"GENERATED {'ALWAYS' if column.identity.always else 'BY DEFAULT'} AS IDENTITY{options}")
    if column.type.name == "identity" and column.type.native and enforced and not traits.identity_columns:
        more.append("AUTO_INCREMENT")
    return EngineType(" ".join((type_.compile(dialect=dialect), *more))) if more else type_


def written_comment(column: model.Column, traits: Traits) -> str | None:
    """Return a column's comment as the engine keeps it: SQL has no other place for what is personal."""
    if "comments" not in traits.keeps:
        return None
    marked = column.comment.lower().startswith(PERSONAL)
    mark = PERSONAL if column.personal and not marked else ""
    return ": ".join(filter(None, (mark, column.comment))) or None


def quoted(name: str, traits: Traits) -> str:
    """Return a name of the engine with quotes, where it needs them."""
    return quoting.quoted(name, traits.dialect)


def table_options(table: model.Table, traits: Traits, *, enforced: bool) -> dict[str, Any]:
    """Return what SQLAlchemy's `Table` takes beside columns."""
    options = dict(traits.table_options)
    if table.options is not None:
        options = _options(table.options, traits)
    if "comments" in traits.keeps and table.comment:
        options["comment"] = table.comment
    if table.partitioned_by and enforced:
        options[f"{traits.dialect}_partition_by"] = " ".join(filter(None, (table.partitioned_by, _divided(table))))
    if any(c.identity and "AUTOINCREMENT" in c.identity.options for c in table.columns):
        options[f"{traits.dialect}_autoincrement"] = True
    return options


def _divided(table: model.Table) -> str:
    """The partitions, where they are part of the table's own statement."""
    parts = [f"PARTITION {part.name} {part.bound}".strip() for part in table.partitions if is_inline(part)]
    return f"({', '.join(parts)})" if parts else ""


def is_inline(part: model.Partition) -> bool:
    """Whether a partition is no table of its own."""
    return not part.bound.startswith(("FOR VALUES", "DEFAULT"))


def default_options(traits: Traits) -> tuple[str, ...]:
    """Return the options that a table of ours has, as its catalogue tells them."""
    told = ((name.removeprefix(f"{traits.dialect}_"), value) for name, value in traits.table_options.items())
    return tuple(name.upper() if value is True else f"{name}={value}" for name, value in told)


def _options(written: tuple[str, ...], traits: Traits) -> dict[str, Any]:
    """`STRICT` and `WITHOUT ROWID`, `UNLOGGED`, and the engine's settings such as `fillfactor=70`."""
    options: dict[str, Any] = {}
    settings = dict(option.split("=", 1) for option in written if "=" in option)
    for option in written:
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


def _waiting(deferrable: model.Deferrable) -> dict[str, Any]:
    if not deferrable:
        return {}
    return {"deferrable": True, "initially": "DEFERRED" if deferrable == "deferred" else "IMMEDIATE"}


def _unique(unique: model.Unique, traits: Traits) -> sa.UniqueConstraint:
    more: dict[str, Any] = _waiting(unique.deferrable)
    if unique.nulls_equal:
        more[f"{traits.dialect}_nulls_not_distinct"] = True
    if unique.include:
        more[f"{traits.dialect}_include"] = list(unique.include)
    return sa.UniqueConstraint(*unique.columns, name=unique.name, **more)


def _verbatim(sql: str) -> sa.TextClause:
    """SQL as it stands: a colon before a word would be taken for a parameter, a backslash before one for its guard.

    The guard of one colon does not work beside a bare one: all are guarded, or none.
    """
    return sa.text(sql.replace(":", "\\:") if re.search(r":\w|\\:", sql) else sql)


def offline_dialect(traits: Traits) -> sa.Dialect:
    """Return the dialect for text that no driver sees: where parameters are marked by `%`, every `%` is doubled."""
    return quoting.dialect_of(traits.dialect)


def conditions(table: model.Table, traits: Traits) -> list[tuple[str, str]]:
    """Return (name, SQL condition) of every CHECK: the schema's own, and those that keep a type's promise."""
    own = [(check.name, condition(check, table, traits)) for check in table.checks]
    kept = [(f"{table.name}_{c.name}_stored", storage_check(c, traits)) for c in table.columns]
    return own + [(name, text) for name, text in kept if text]


def condition(check: model.Check, table: model.Table, traits: Traits) -> str:
    """Return a check as SQL of one engine; bounds of decimals are scaled where they are stored as minor units."""

    def name(column: str) -> str:
        return quoted(table.column(column).sql_name, traits)

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
    return str(stored(bound, type_, traits)) if type_.name == "decimal" else f"{bound:f}"


def delete_action(key: model.ForeignKey, traits: Traits) -> model.DeleteAction:
    """Return what really becomes of the row on this engine: emptying some columns of a key falls back to a refusal."""
    some = key.on_delete == "set-null" and key.null_columns not in ((), key.columns)
    return "restrict" if some and not traits.null_some_columns else key.on_delete


def _foreign_key(
    schema: model.Schema, table: model.Table, key: model.ForeignKey, traits: Traits, *, late: bool
) -> sa.ForeignKeyConstraint:
    """Return the constraint; `late` ones are marked `use_alter`, which SQLAlchemy adds when all tables exist."""
    action = delete_action(key, traits)
    # rows that refer to each other in a circle can only be deleted together, which RESTRICT forbids
    waits = schema.is_circular(table, key)
    text = "NO ACTION" if waits and action == "restrict" else action.upper().replace("-", " ")
    if action == "set-null" and key.null_columns not in ((), key.columns):
        text += f" ({', '.join(quoted(table.column(name).sql_name, traits) for name in key.null_columns)})"
    targets = [f"{schema.table(key.target).sql_name}.{column}" for column in key.target_columns]
    more: dict[str, Any] = _waiting(key.deferrable)
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
        ondelete=None if text == "NO ACTION" and not waits else text,
        use_alter=late,
        **more,
    )


def to_index(table: model.Table, index: model.Index, traits: Traits) -> sa.Index:
    """Return one index of a table, over a table of bare columns: no type, rule or other table is built for it."""
    columns: list[sa.Column[Any]] = [sa.Column(column.sql_name, key=column.name) for column in table.columns]
    return _index(sa.Table(table.sql_name, sa.MetaData(), *columns), table, index, traits)


def _index(built: sa.Table, table: model.Table, index: model.Index, traits: Traits) -> sa.Index:
    if index.keys or index.where or index.method or index.nulls_equal or index.options:
        return _special_index(built, table, index, traits)
    trailing = () if traits.include_columns else tuple(c for c in index.include if c not in index.columns)
    columns = [built.c[name] for name in index.columns + trailing]
    include: dict[str, Any] = (
        {f"{traits.dialect}_include": list(index.include)} if traits.include_columns and index.include else {}
    )
    lengths = {} if index.unique else prefix_lengths([table.column(column.key) for column in columns], traits)
    partly: dict[str, Any] = {f"{traits.dialect}_length": dict(lengths)} if lengths else {}
    return sa.Index(index.name, *columns, unique=index.unique, **include, **partly)


def _is_made_with_key(index: model.Index, table: model.Table, traits: Traits) -> bool:
    """Whether the engine makes this index with the foreign key of its name."""
    keys = {key.name: key.columns for key in table.foreign_keys}
    return not traits.bare_references and keys.get(index.name) == index.columns and not index.unique


def _special_index(built: sa.Table, table: model.Table, index: model.Index, traits: Traits) -> sa.Index:
    parts = [_verbatim(index_key(part, table, traits)) for part in index.parts]
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
    named = {f"{traits.dialect}_{name}": value for name, value in more.items()}
    return sa.Index(index.name, *parts, unique=index.unique, _table=built, **named)


def index_key(part: model.IndexKey, table: model.Table, traits: Traits) -> str:
    """Return one part of an index as SQL."""
    name = quoted(table.column(part.column).sql_name, traits) if part.column else part.expression
    words = [f"{name}({part.length})" if part.length else name]
    if part.collation:
        words.append(f"COLLATE {quoted(part.collation, traits)}")
    words += [part.operator_class, "DESC" if part.descending else ""]
    words.append(f"NULLS {part.nulls.upper()}" if part.nulls else "")
    return " ".join(filter(None, words))
