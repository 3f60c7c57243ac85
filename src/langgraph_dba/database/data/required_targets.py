"""Nullable columns to which required foreign keys refer: generated rows have a value in them."""

from langgraph_dba.database.model.schema import Schema, Table


def with_required_targets(schema: Schema) -> Schema:
    """Return the schema in which no column is nullable to which a foreign key refers that may not be NULL."""
    while True:
        changed = {name: _with_values(schema.table(name), columns) for name, columns in _required(schema).items()}
        if not changed:
            return schema
        for table in changed.values():
            schema = schema.replace(table)


def _required(schema: Schema) -> dict[str, set[str]]:
    """Return the nullable columns of each table to which a required foreign key refers."""
    found: dict[str, set[str]] = {}
    for table, key in schema.foreign_keys():
        target = schema.table(key.target)
        nullable = {column for column in key.target_columns if target.column(column).nullable}
        if nullable and not table.is_optional(key):
            found.setdefault(target.name, set()).update(nullable)
    return found


def _with_values(table: Table, names: set[str]) -> Table:
    columns = (one.model_copy(update={"nullable": False}) if one.name in names else one for one in table.columns)
    return table.with_(columns=tuple(columns))
