"""Pure schema changes that several fixes use; each returns a new schema."""

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Check, ForeignKey, Index, Schema, Table, Unique
from langgraph_dba.database.rules.kit.base_types import domain_of


def change_column(schema: Schema, table: str, column: str, **changes: object) -> Schema:
    """Return the schema with some fields of one column replaced; unchanged if the type would replace a domain."""
    old = schema.table(table)
    # the column would lose the constraints of the domain, and the domain's other columns would keep the type
    if "type" in changes and domain_of(old.column(column).type, schema):
        return schema
    if "default" in changes:
        changes["default_sql"] = ""  # rendered in preference to `default`: the old default would survive the change
    columns = tuple(c.model_copy(update=changes) if c.name == column else c for c in old.columns)
    return schema.replace(old.with_(columns=columns))


def change_key(schema: Schema, table: str, name: str, **changes: object) -> Schema:
    """Return the schema with some fields of one foreign key replaced."""
    old = schema.table(table)
    keys = tuple(k.model_copy(update=changes) if k.name == name else k for k in old.foreign_keys)
    return schema.replace(old.with_(foreign_keys=keys))


def add_check(schema: Schema, table: str, check: Check) -> Schema:
    """Return the schema with one more check; the check is renamed if its name is in use."""
    old = schema.table(table)
    renamed = check.model_copy(update={"name": free_name(schema, check.name)})
    return schema.replace(old.with_(checks=(*old.checks, renamed)))


def free_name(schema: Schema, preferred: str) -> str:
    """Return the preferred name, truncated to the length limit, with a number if a table or constraint has it."""
    name, number = fit_name(preferred), 1
    while schema.has_name(name):
        number += 1
        name = fit_name(f"{preferred}_{number}")
    return name


def foreign_key(table: Table, name: str) -> ForeignKey:
    """Return the foreign key with this name; KeyError if there is none."""
    for key in table.foreign_keys:
        if key.name == name:
            return key
    raise KeyError(f"{table.name}.{name}")


def index_foreign_keys(schema: Schema, table: str) -> Schema:
    """Return the schema with an index for each foreign key of a table that has none."""
    for key in schema.table(table).foreign_keys:
        holder = schema.table(table)  # read again: the index of the previous key may support this one
        if not holder.supports_lookup(key.columns):
            role = key.columns[-1].removesuffix("_id")
            name = free_name(schema, f"{table}_{role}_idx")
            index = Index(name=name, columns=key.columns, reason=f"supports {key.name}")
            schema = schema.replace(holder.with_(indexes=(*holder.indexes, index)))
    return schema


def add_unique_key(schema: Schema, table: str, columns: tuple[str, ...]) -> Schema:
    """Return the schema with a unique constraint over these columns, so that a foreign key can reference them."""
    old = schema.table(table)
    known = (old.primary_key, *(u.columns for u in old.uniques))
    # PostgreSQL matches the target columns of a foreign key with a unique constraint in any order.
    if any(set(key) == set(columns) for key in known):
        return schema
    unique = Unique(name=free_name(schema, f"{table}_tenant_key"), columns=columns)
    return schema.replace(old.with_(uniques=(*old.uniques, unique)))


def add_tenant_to_key(schema: Schema, table: str, name: str) -> Schema:
    """Return the schema with the tenant column on both sides of a foreign key between two tenant-owned tables.

    The target gets a unique constraint over tenant and key, and an index over the old columns of the foreign key is
    changed to the new ones.
    """
    holder = schema.table(table)
    key = foreign_key(holder, name)
    target = schema.table(key.target)
    assert holder.tenant_column, "the table of the foreign key has no tenant column"
    assert target.tenant_column, "the target of the foreign key has no tenant column"
    pairs = [
        (own, theirs)
        for own, theirs in zip(key.columns, key.target_columns, strict=True)
        if own != holder.tenant_column and theirs != target.tenant_column
    ]
    columns = (holder.tenant_column, *(own for own, _ in pairs))
    target_columns = (target.tenant_column, *(theirs for _, theirs in pairs))
    # SET NULL without a column list would set the tenant column to NULL too, and the row would belong to no tenant.
    null_columns = columns[1:] if key.on_delete == "set-null" else ()
    schema = add_unique_key(schema, key.target, target_columns)
    schema = change_key(schema, table, name, columns=columns, target_columns=target_columns, null_columns=null_columns)
    return index_foreign_keys(_replace_index_columns(schema, table, key.columns, columns), table)


def _replace_index_columns(schema: Schema, table: str, old: tuple[str, ...], new: tuple[str, ...]) -> Schema:
    holder = schema.table(table)
    indexes = tuple(
        i.model_copy(update={"columns": new}) if i.columns == old and not i.unique else i for i in holder.indexes
    )
    return schema.replace(holder.with_(indexes=indexes))
