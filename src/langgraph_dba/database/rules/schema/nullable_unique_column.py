"""A unique constraint with a nullable column accepts duplicate rows where that column is NULL.

NULL is not equal to NULL, so two folders with the same name and no parent are both accepted. A unique constraint over a
single nullable column is not reported: it usually means "unique if present".

Bad:

```sql
CREATE TABLE folders (id bigint PRIMARY KEY, parent_id bigint, name text NOT NULL, UNIQUE (parent_id, name));
```

Good:

```sql
CREATE TABLE folders (
  id bigint PRIMARY KEY, parent_id bigint, name text NOT NULL, code text UNIQUE,
  UNIQUE NULLS NOT DISTINCT (parent_id, name)
);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # only the owner can decide whether the column is required


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield unique constraints over several columns, not counting the tenant's, of which one is nullable."""
    for unique in (unique for unique in table.uniques if not unique.nulls_equal):
        own = table.without_tenant(unique.columns)
        nullable = [name for name in own if table.column(name).nullable]
        if nullable and len(own) > 1:
            message = f"{unique.name} accepts duplicate rows where {nullable[0]} is NULL"
            instead = f"make {nullable[0]} required, or declare UNIQUE NULLS NOT DISTINCT ({', '.join(unique.columns)})"
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, instead, column=nullable[0], constraint=unique.name
            )
