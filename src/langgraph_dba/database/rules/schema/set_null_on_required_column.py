"""`ON DELETE SET NULL` on a required column makes the delete fail.

The delete of a referenced row sets the column to NULL, and NOT NULL refuses it. On a composite key the action sets
every column to NULL, the tenant column too, unless it lists the columns to set.

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

from langgraph_dba.database.model.schema import ForeignKey, OuterKey, Schema, Table
from langgraph_dba.database.rules.kit.changes import change_key, foreign_key
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield foreign keys with `ON DELETE SET NULL` of which a column is required."""
    for key in table.all_foreign_keys:
        # without a column list the action sets all columns of the key to NULL
        required = [name for name in key.null_columns or key.columns if _is_required(table, name)]
        if key.on_delete == "set-null" and required:
            message = (
                f"{key.name} sets {', '.join(required)} to NULL on delete, but the column is required: the delete fails"
            )
            instead = _advice(table, key)
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, instead, column=required[0], constraint=key.name
            )


def _is_required(table: Table, name: str) -> bool:
    # the columns of a primary key are NOT NULL even if the schema does not declare them so
    return name in table.primary_key or not table.column(name).nullable


def _optional(table: Table, key: ForeignKey | OuterKey) -> tuple[str, ...]:
    return tuple(name for name in key.columns if not _is_required(table, name))


def _advice(table: Table, key: ForeignKey | OuterKey) -> str:
    optional = _optional(table, key)
    return f"use ON DELETE SET NULL ({', '.join(optional)})" if optional else "use ON DELETE RESTRICT"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Set only the nullable columns to NULL; if all are required, refuse the delete.

    A foreign key to another schema stays, with its finding: no statements are generated for it.
    """
    table = schema.table(location.table)
    if location.constraint in {key.name for key in table.outer_keys}:
        return schema
    optional = _optional(table, foreign_key(table, location.constraint))
    action = "set-null" if optional else "restrict"
    return change_key(schema, table.name, location.constraint, on_delete=action, null_columns=optional)
