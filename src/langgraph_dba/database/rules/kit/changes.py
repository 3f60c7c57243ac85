"""Small pure changes of a schema that the fixes of several rules share."""

from langgraph_dba.database.model.identifiers import fit_name
from langgraph_dba.database.model.schema import Check, ForeignKey, Index, Schema, Table, Unique


def change_column(schema: Schema, table: str, column: str, **changes: object) -> Schema:
    """Return the schema with some fields of one column replaced."""
    old = schema.table(table)
    if "default" in changes:
        changes["default_sql"] = ""  # the old one, in the engine's words
    columns = tuple(c.model_copy(update=changes) if c.name == column else c for c in old.columns)
    return schema.replace(old.with_(columns=columns))


def change_key(schema: Schema, table: str, name: str, **changes: object) -> Schema:
    """Return the schema with some fields of one foreign key replaced."""
    old = schema.table(table)
    keys = tuple(k.model_copy(update=changes) if k.name == name else k for k in old.foreign_keys)
    return schema.replace(old.with_(foreign_keys=keys))


def add_check(schema: Schema, table: str, check: Check) -> Schema:
    """Return the schema with one more check; its name gives way to one that is taken."""
    old = schema.table(table)
    named = check.model_copy(update={"name": free_name(schema, check.name)})
    return schema.replace(old.with_(checks=(*old.checks, named)))


def free_name(schema: Schema, wanted: str) -> str:
    """Return the name, cut to fit, or with a number behind it where table, key, check or index has it already."""
    taken = {name for table in schema.tables for name in _names(table)}
    name, number = fit_name(wanted), 1
    while name in taken:
        number += 1
        name = fit_name(f"{wanted}_{number}")
    return name


def _names(table: Table) -> list[str]:
    parts = (*table.uniques, *table.checks, *table.foreign_keys, *table.indexes)
    return [table.name, f"{table.name}_pkey", *(part.name for part in parts)]


def foreign_key(table: Table, name: str) -> ForeignKey:
    """Return the foreign key of that name; KeyError if there is none."""
    for key in table.foreign_keys:
        if key.name == name:
            return key
    raise KeyError(f"{table.name}.{name}")


def support(schema: Schema, table: str) -> Schema:
    """Return the schema with an index behind every foreign key of a table."""
    for key in schema.table(table).foreign_keys:
        holder = schema.table(table)
        if not holder.supports_lookup(key.columns):
            role = key.columns[-1].removesuffix("_id")
            name = free_name(schema, f"{table}_{role}_idx")
            index = Index(name=name, columns=key.columns, reason=f"supports {key.name}")
            schema = schema.replace(holder.with_(indexes=(*holder.indexes, index)))
    return schema


def identify(schema: Schema, table: str, columns: tuple[str, ...]) -> Schema:
    """Return the schema in which these columns, which hold a key, may be pointed at: they are unique by declaration."""
    old = schema.table(table)
    known = (old.primary_key, *(u.columns for u in old.uniques))
    if any(set(key) == set(columns) for key in known):
        return schema
    unique = Unique(name=free_name(schema, f"{table}_tenant_key"), columns=columns)
    return schema.replace(old.with_(uniques=(*old.uniques, unique)))


def keep_within_tenant(schema: Schema, table: str, name: str) -> Schema:
    """Return the schema in which a foreign key between two tables of tenants holds the tenant on both sides.

    The target becomes unique by tenant and key, an index over the old columns one over the new, and where a delete
    empties the reference the tenant column stays.
    """
    holder = schema.table(table)
    key = foreign_key(holder, name)
    target = schema.table(key.target)
    assert holder.tenant_column, "only a table of tenants can keep a reference within one"
    assert target.tenant_column, "only a table of tenants can be referred to within one"
    pairs = [
        (own, theirs)
        for own, theirs in zip(key.columns, key.target_columns, strict=True)
        if own != holder.tenant_column and theirs != target.tenant_column
    ]
    columns = (holder.tenant_column, *(own for own, _ in pairs))
    target_columns = (target.tenant_column, *(theirs for _, theirs in pairs))
    emptied = columns[1:] if key.on_delete == "set-null" else ()
    schema = identify(schema, key.target, target_columns)
    schema = change_key(schema, table, name, columns=columns, target_columns=target_columns, null_columns=emptied)
    return support(_index_renewed(schema, table, key.columns, columns), table)


def _index_renewed(schema: Schema, table: str, old: tuple[str, ...], new: tuple[str, ...]) -> Schema:
    holder = schema.table(table)
    renewed = tuple(
        i.model_copy(update={"columns": new}) if i.columns == old and not i.unique else i for i in holder.indexes
    )
    return schema.replace(holder.with_(indexes=renewed))
