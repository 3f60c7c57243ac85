"""What one engine's catalogue can keep of a schema: `kept` is the form in which a schema comes back from it.

`LOST` lists, for people, what no catalogue has a place for and what only some have; nothing else is dropped.
"""

from collections.abc import Mapping
from decimal import Decimal

from langgraph_dba.database.ddl.index_lengths import prefix_lengths
from langgraph_dba.database.ddl.portable import portable
from langgraph_dba.database.ddl.security import expand_isolation
from langgraph_dba.database.ddl.sqlalchemy_tables import column_comment, default_options, delete_action
from langgraph_dba.database.ddl.type_mapping import precision_of, storage_check, storage_default, type_sql
from langgraph_dba.database.engines import Traits
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
    choices_named,
    ordered,
    referring,
    sorted_parts,
    with_key_indexes,
)
from langgraph_dba.database.reflection.tenants import recognised
from langgraph_dba.database.reflection.types import (
    TypeReader,
    read_comment,
    read_default,
    read_dependencies,
    with_instant,
)

# what an engine must keep for it (`Traits.keeps`; empty: none has a place for it) -> what becomes of it otherwise
LOST: Mapping[str, tuple[str, str]] = {
    "entities": ("", "the name of the entity that a table stands for is not kept"),
    "copied values": ("", "what keeps a copy equal is read as the triggers and routines that it is made of"),
    "conflict clauses": ("", "ON CONFLICT beside a rule of SQLite is not read"),
    "required keys": ("", "the columns of a primary key are required, also where SQLite would let them be empty"),
    "names in quotes": (
        "",
        "constraints and indexes get plain names; tables and columns keep theirs beside a plain one",
    ),
    "reasons": ("", "why an index is there is not kept"),
    "dependencies": ("", "kept only where the table's comment says them: zip determines city"),
    "durations": ("", "a duration is a whole number of its unit"),
    "choices": ("", "a choice is known by the check that lists its values, else it is a text"),
    "references": ("", "a number is a reference where it points at an identity, and nowhere else"),
    "row estimates": ("", "an empty copy has none"),
    "tables' order": ("order", "by name, each after those it refers to"),
    "no action": ("no-action", "NO ACTION is RESTRICT on delete, and RESTRICT is NO ACTION on update"),
    "unique indexes": ("unique-indexes", "a unique index over plain columns is a unique constraint"),
    "comments": ("comments", "comments are dropped, and with them which columns are personal"),
    "included columns": ("include", "they become trailing columns of the index"),
    "isolation": ("policies", "tenants are known by a column that every table has, and by no policy"),
    "emptied columns": ("policies", "ON DELETE SET NULL over some of a key's columns becomes RESTRICT"),
    "index methods": ("index-methods", "an index of another method than the usual one is dropped"),
    "operator classes": ("operator-classes", "dropped"),
    "places of nulls": ("null-order", "dropped"),
    "collations": ("collations", "dropped"),
    "equal nulls": ("nulls-equal", "UNIQUE NULLS NOT DISTINCT becomes UNIQUE"),
    "deferred rules": ("deferrable", "rules are looked at with each statement"),
    "keys not validated": ("unvalidated", "a NOT VALID foreign key is validated"),
    "other constraints": ("exclusion", "dropped"),
    "roles and grants": ("roles", "dropped"),
    "partitions": ("partitions", "a partitioned table is one table"),
    "plain keys": ("plain-keys", "a single bigint as a key numbers its rows by itself"),
    "identity always": ("identity-options", "an identity takes a value that is given"),
}


def kept(schema: Schema, traits: Traits) -> Schema:
    """Return the schema as it reads after it was made on an engine."""
    schema = expand_isolation(portable(schema, traits), traits)
    types = TypeReader(traits)
    tables = [_table(table, schema, types) for table in schema.tables]
    own = {"grants": tuple(sorted(schema.grants, key=lambda g: (g.on, g.role, g.columns, g.grantable)))}
    grants = tuple(g.model_copy(update={"privileges": tuple(sorted(g.privileges))}) for g in own["grants"])
    read = schema.model_copy(
        update={
            "engine": traits.name,
            "tables": tuple(ordered(referring(tables, traits), traits)),
            "isolation": None,
            "grants": grants,
        }
    )
    return recognised(read, traits)


def _table(table: Table, schema: Schema, types: TypeReader) -> Table:
    traits = types.traits
    columns = tuple(_column(column, table, types) for column in table.columns)
    comment = table.comment if "comments" in traits.keeps else ""
    read = table.with_(
        entity="",
        derived_columns=(),
        comment=comment,
        columns=columns,
        key_name="" if table.key_name == f"{table.name}_pkey" else table.key_name,
        checks=tuple(_check(check, table, traits) for check in table.checks),
        foreign_keys=tuple(
            _foreign_key(key, traits, waits=schema.is_circular(table, key)) for key in table.foreign_keys
        ),
        uniques=(*table.uniques, *(_unique(index) for index in table.indexes if _is_constraint(index, traits))),
        indexes=tuple(_index(index, table, traits) for index in table.indexes if not _is_constraint(index, traits)),
        dependencies=tuple(read_dependencies(comment, frozenset(table.column_names))),
        tenant_column=None,
        options=None if table.options == default_options(traits) else table.options,
        estimated_rows=None,
    )
    return choices_named(sorted_parts(with_key_indexes(read, traits)), traits)


def _column(column: Column, table: Table, types: TypeReader) -> Column:
    traits = types.traits
    native = type_sql(column.type, traits)
    check = storage_check(column, traits)
    type_ = (types.checked(column.sql_name, native, check) if check else None) or types.read(native)
    counts = column.type.name == "identity"
    keyed = column.name in table.primary_key
    if table.primary_key == (column.name,) and type_.name == "bigint" and "plain-keys" not in traits.keeps:
        type_ = ColumnType(name="identity")
    elif column.type.native or counts:
        type_ = column.type if traits.identity_columns or not counts or table.primary_key == (column.name,) else type_
    personal, comment = read_comment(column_comment(column, traits) or "")
    read = column.model_copy(
        update={
            "type": type_,
            "nullable": column.nullable and not keyed,
            "personal": personal,
            "comment": comment,
        }
    )
    default = storage_default(column, traits)
    if default is None or column.generated:
        return read
    bare = default[1:-1] if default.startswith("(") else default
    value, words = read_default(bare, read, traits)
    read = read.model_copy(update={"default": value, "default_sql": words})
    return read if check else with_instant(read, traits)


def _check(check: Check, table: Table, traits: Traits) -> Check:
    """Bounds in the digits that the column has."""
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


def _foreign_key(key: ForeignKey, traits: Traits, *, waits: bool) -> ForeignKey:
    action = delete_action(key, traits)
    action = "no-action" if waits and action == "restrict" else action
    if "no-action" not in traits.keeps:
        action = "restrict" if action == "no-action" else action
        key = key.model_copy(update={"on_update": "no-action" if key.on_update == "restrict" else key.on_update})
    emptied = (key.null_columns or key.columns) if action == "set-null" else ()
    validated = key.validated or "unvalidated" not in traits.keeps
    return key.model_copy(update={"on_delete": action, "null_columns": emptied, "validated": validated})


def _is_constraint(index: Index, traits: Traits) -> bool:
    return index.unique and bool(index.columns) and "unique-indexes" not in traits.keeps


def _unique(index: Index) -> Unique:
    return Unique(name=index.name, columns=index.columns)


def _index(index: Index, table: Table, traits: Traits) -> Index:
    bare = index.model_copy(update={"reason": ""})
    if index.include and not traits.include_columns:
        trailing = tuple(IndexKey(column=name) for name in index.include if name not in index.columns)
        bare = Index.of(index.name, (*index.parts, *trailing), unique=index.unique, where=index.where)
    if bare.keys or bare.where or bare.method:
        return bare
    lengths = prefix_lengths([table.column(name) for name in bare.columns], traits) if not index.unique else {}
    if not lengths:
        return bare
    return Index.of(index.name, tuple(IndexKey(column=name, length=lengths.get(name)) for name in bare.columns))
