"""Describe the differences between two versions of a schema."""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table


def differences(before: Schema, after: Schema) -> tuple[str, ...]:
    """Return one phrase for each part of the schema that was added, removed or changed."""
    return tuple(_differences(before, after))


def changed_tables(before: Schema, after: Schema) -> tuple[list[Table], list[Table]]:
    """Return the tables of each schema that are not the same objects in the other."""
    # by identity, because a comparison of all tables by value after each fix would take longer than the fix
    old, new = (dict(zip(map(id, schema.tables), schema.tables, strict=True)) for schema in (before, after))
    return [old[one] for one in old.keys() - new.keys()], [new[one] for one in new.keys() - old.keys()]


def _differences(before: Schema, after: Schema) -> Iterator[str]:
    old, new = ({table.name: table for table in tables} for tables in changed_tables(before, after))
    for name, table in new.items():
        if name not in old:
            yield f"table {name} ({', '.join(table.column_names)}) was added"
    yield from (f"table {name} was removed" for name in old if name not in new)
    for name, table in new.items():
        if name in old:
            yield from _in_table(old[name], table)


def _in_table(old: Table, new: Table) -> Iterator[str]:
    if old.primary_key != new.primary_key:
        yield f"the primary key of {new.name} is ({', '.join(new.primary_key)})"
    if old.tenant_column != new.tenant_column:
        yield f"rows of {new.name} belong to the tenant in {new.tenant_column}"
    yield from _columns(old, new)
    for kind in ("uniques", "checks", "foreign_keys", "indexes"):
        was, now = ({part.name: part for part in getattr(table, kind)} for table in (old, new))
        yield from (f"{name} on {new.name} was added" for name in now if name not in was)
        yield from (f"{name} on {new.name} was removed" for name in was if name not in now)
        yield from (f"{name} on {new.name} was changed" for name in now if name in was and was[name] != now[name])


def _columns(old: Table, new: Table) -> Iterator[str]:
    yield from (f"{new.name}.{name} was removed" for name in old.column_names if name not in new.column_names)
    for column in new.columns:
        if column.name not in old.column_names:
            yield f"{new.name}.{column.name} was added"
        elif column != old.column(column.name):
            yield f"{new.name}.{column.name} is {_difference(old.column(column.name), column)}"


def _difference(old: Column, new: Column) -> str:
    if old.type != new.type:
        return f"{_type_text(new.type)} instead of {_type_text(old.type)}"
    if old.personal != new.personal:
        return "marked as personal"
    return "optional" if new.nullable else "required"


def _type_text(type_: ColumnType) -> str:
    # precision and scale are shown because a change of them alone is a change of the column
    digits = f"({type_.precision}, {type_.scale})" if type_.precision else ""
    return f"{type_.name}{digits}"
