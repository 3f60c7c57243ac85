"""Predict how a schema reads back after it was created on an engine.

`ROUND_TRIP_LOSSES` documents the properties that no catalogue, or only some catalogues, can store. Tests create random
schemas and compare their reflection with `as_stored_by`: a loss that is not predicted here fails them.
"""

from collections.abc import Mapping
from decimal import Decimal

from langgraph_dba.database.ddl.index_lengths import prefix_lengths
from langgraph_dba.database.ddl.portable import portable
from langgraph_dba.database.ddl.security import expand_isolation
from langgraph_dba.database.ddl.sqlalchemy_tables import column_comment, default_options, delete_action
from langgraph_dba.database.ddl.type_mapping import storage_check, storage_default, type_sql
from langgraph_dba.database.engines import Traits
from langgraph_dba.database.engines.type_table import precision_of
from langgraph_dba.database.model.schema import (
    Check,
    Column,
    ColumnType,
    ForeignKey,
    Index,
    IndexKey,
    Range,
    Schema,
    Table,
    Unique,
)
from langgraph_dba.database.reflection.canonical import (
    in_creation_order,
    with_choices,
    with_key_indexes,
    with_references,
    with_sorted_parts,
)
from langgraph_dba.database.reflection.tenants import with_isolation
from langgraph_dba.database.reflection.types import (
    TypeReader,
    read_comment,
    read_default,
    read_dependencies,
    with_instant,
)

# property -> (the feature of `Traits.keeps` that stores it, empty if no engine does; what happens without that feature)
ROUND_TRIP_LOSSES: Mapping[str, tuple[str, str]] = {
    "entities": ("", "the name of a table's entity is lost"),
    "derived columns": ("", "read as the triggers and routines that update them"),
    "required keys": ("", "columns of a primary key are NOT NULL, although SQLite allows NULL in some of them"),
    "quoted names": (
        "quoted-names",
        "constraints and indexes get names without quotes; tables and columns have both names",
    ),
    "reasons": ("", "the reason for an index is lost"),
    "dependencies": ("", "only those in the table's comment are read: zip determines city"),
    "durations": ("", "a duration becomes an integer"),
    "choices": ("", "a text is a choice if a check lists its values"),
    "references": ("", "an integer is a reference if a foreign key from it refers to an identity"),
    "row estimates": ("", "a new database has none"),
    "tables' order": ("order", "tables are sorted by name, each after the tables that it refers to"),
    "no action": ("no-action", "NO ACTION becomes RESTRICT on delete, and RESTRICT becomes NO ACTION on update"),
    "unique indexes": ("unique-indexes", "a unique index over whole columns becomes a unique constraint"),
    "comments": ("comments", "dropped, and the marks of personal columns with them"),
    "included columns": ("include", "become the last key columns of the index"),
    "isolation": ("policies", "the tenant column is detected by its name, not by policies"),
    "partial SET NULL": ("policies", "ON DELETE SET NULL for some columns of a key becomes RESTRICT"),
    "index methods": ("index-methods", "an index with a method other than the default is dropped"),
    "operator classes": ("operator-classes", "dropped"),
    "null ordering": ("null-order", "dropped"),
    "collations": ("collations", "dropped"),
    "NULLs as equal": ("nulls-equal", "UNIQUE NULLS NOT DISTINCT becomes UNIQUE"),
    "deferrable": ("deferrable", "constraints are checked with each statement"),
    "NOT VALID": ("unvalidated", "foreign keys are validated"),
    "other constraints": ("exclusion", "dropped"),
    "roles and grants": ("roles", "dropped"),
    "partitions": ("partitions", "a partitioned table becomes a table without partitions"),
    "plain keys": ("plain-keys", "a single bigint key becomes an identity"),
    "identity always": ("identity-options", "an INSERT may set the value of an identity"),
}


def as_stored_by(schema: Schema, traits: Traits) -> Schema:
    """Return the schema as reflection returns it after the schema was created on an engine."""
    schema = expand_isolation(portable(schema, traits), traits)
    types = TypeReader(traits)
    tables = [_table(table, schema, types) for table in schema.tables]
    ordered_grants = sorted(schema.grants, key=lambda g: (g.on, g.role, g.columns, g.grantable))
    grants = tuple(g.model_copy(update={"privileges": tuple(sorted(g.privileges))}) for g in ordered_grants)
    # without the declared isolation: reflection can only detect one, from policies or a column's name
    stored = schema.model_copy(
        update={
            "engine": traits.name,
            "tables": tuple(in_creation_order(with_references(tables, traits), traits)),
            "isolation": None,
            "grants": grants,
            "lost": (),
        }
    )
    return with_isolation(stored, traits)


def _table(table: Table, schema: Schema, types: TypeReader) -> Table:
    traits = types.traits
    columns = tuple(_column(column, table, types) for column in table.columns)
    comment = table.comment if "comments" in traits.keeps else ""
    stored = table.with_(
        entity="",
        derived_columns=(),
        copied_columns=(),
        comment=comment,
        columns=columns,
        key_name="" if table.key_name == f"{table.name}_pkey" else table.key_name,
        checks=tuple(_check(check, table, traits) for check in table.checks),
        foreign_keys=tuple(
            _foreign_key(key, traits, is_softened=not schema.engine and schema.is_circular(table, key))
            for key in table.foreign_keys
        ),
        uniques=(*table.uniques, *(_unique(index) for index in table.indexes if _is_constraint(index, traits))),
        indexes=tuple(_index(index, table, traits) for index in table.indexes if not _is_constraint(index, traits)),
        dependencies=tuple(read_dependencies(comment, frozenset(table.column_names))),
        tenant_column=None,
        options=None if table.options == default_options(traits) else table.options,
        estimated_rows=None,
    )
    return with_choices(with_sorted_parts(with_key_indexes(stored, traits)), traits)


def _column(column: Column, table: Table, types: TypeReader) -> Column:
    traits = types.traits
    native = type_sql(column.type, traits)
    check = storage_check(column, traits)
    type_ = (types.checked(column.sql_name, native, check) if check else None) or types.read(native)
    is_identity = column.type.name == "identity"
    is_key = column.name in table.primary_key
    # SQLite numbers a single INTEGER key itself: there a bigint key cannot be distinguished from an identity
    if table.primary_key == (column.name,) and type_.name == "bigint" and "plain-keys" not in traits.keeps:
        type_ = ColumnType(name="identity")
    elif column.type.native or is_identity:
        type_ = (
            column.type if traits.identity_columns or not is_identity or table.primary_key == (column.name,) else type_
        )
    personal, comment = read_comment(column_comment(column, traits) or "")
    stored = column.model_copy(
        update={
            "type": type_,
            "nullable": column.nullable and not is_key,
            "personal": personal,
            "comment": comment,
        }
    )
    default = storage_default(column, traits)
    if default is None or column.generated:
        return stored
    # catalogues show a default without the parentheses in which it was declared
    expression = default[1:-1] if default.startswith("(") else default
    value, sql = read_default(expression, stored, traits)
    stored = stored.model_copy(update={"default": value, "default_sql": sql})
    return stored if check else with_instant(stored, traits)


def _check(check: Check, table: Table, traits: Traits) -> Check:
    """Return a range over a decimal with bounds cut to the column's scale: SQLite compares integers of minor units."""
    if not isinstance(check, Range) or traits.exact_decimals:
        return check
    type_ = table.column(check.column).type
    if type_.name != "decimal" or type_.native:
        return check
    places = precision_of(type_)[1]
    low, high = (None if b is None else _whole(b.scaleb(places)).scaleb(-places) for b in (check.low, check.high))
    return check.model_copy(update={"low": low, "high": high})


def _whole(number: Decimal) -> Decimal:
    return Decimal(int(number))


def _foreign_key(key: ForeignKey, traits: Traits, *, is_softened: bool) -> ForeignKey:
    action = delete_action(key, traits)
    # rendered as NO ACTION: RESTRICT would prevent the deletion of rows that refer to each other
    action = "no-action" if is_softened and action == "restrict" else action
    # MariaDB treats both alike and reports RESTRICT on delete, NO ACTION on update
    if "no-action" not in traits.keeps:
        action = "restrict" if action == "no-action" else action
        key = key.model_copy(update={"on_update": "no-action" if key.on_update == "restrict" else key.on_update})
    null_columns = (key.null_columns or key.columns) if action == "set-null" else ()
    validated = key.validated or "unvalidated" not in traits.keeps
    return key.model_copy(update={"on_delete": action, "null_columns": null_columns, "validated": validated})


def _is_constraint(index: Index, traits: Traits) -> bool:
    return index.unique and bool(index.columns) and "unique-indexes" not in traits.keeps


def _unique(index: Index) -> Unique:
    return Unique(name=index.name, columns=index.columns)


def _index(index: Index, table: Table, traits: Traits) -> Index:
    stored = index.model_copy(update={"reason": ""})
    if index.include and not traits.include_columns:
        trailing = tuple(IndexKey(column=name) for name in index.include if name not in index.columns)
        stored = Index.of(index.name, (*index.parts, *trailing), unique=index.unique, where=index.where)
    if stored.keys or stored.where or stored.method:
        return stored
    lengths = prefix_lengths([table.column(name) for name in stored.columns], traits) if not index.unique else {}
    if not lengths:
        return stored
    return Index.of(index.name, tuple(IndexKey(column=name, length=lengths.get(name)) for name in stored.columns))
