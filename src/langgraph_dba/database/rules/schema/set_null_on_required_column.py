"""A delete that must empty a required column can only fail.

`ON DELETE SET NULL` promises that the row outlives what it points at; NOT NULL breaks the promise on the day of the
delete. Over a composite key it empties every column, the tenant's too, unless it names the ones to empty.

Bad:

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES users ON DELETE SET NULL);
```

Good:

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES users ON DELETE SET NULL);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import ForeignKey, Schema, Table
from langgraph_dba.database.rules.kit.changes import change_key, foreign_key
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


def check(schema: Schema) -> Iterator[Finding]:
    """Yield references that are emptied on delete though a column of theirs is required."""
    for table, key in schema.foreign_keys():
        required = [name for name in key.null_columns or key.columns if _is_required(table, name)]
        if key.on_delete == "set-null" and required:
            message = f"{key.name} empties {', '.join(required)}, which may not be empty: the delete will fail"
            instead = _advice(table, key)
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, instead, column=required[0], constraint=key.name
            )


def _is_required(table: Table, name: str) -> bool:
    return name in table.primary_key or not table.column(name).nullable


def _optional(table: Table, key: ForeignKey) -> tuple[str, ...]:
    return tuple(name for name in key.columns if not _is_required(table, name))


def _advice(table: Table, key: ForeignKey) -> str:
    optional = _optional(table, key)
    return f"use ON DELETE SET NULL ({', '.join(optional)})" if optional else "use ON DELETE RESTRICT"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Empty only what may be empty; where nothing may, refuse the delete."""
    table = schema.table(location.table)
    optional = _optional(table, foreign_key(table, location.constraint))
    action = "set-null" if optional else "restrict"
    return change_key(schema, table.name, location.constraint, on_delete=action, null_columns=optional)
