"""Where one column of a unique combination may be empty, the combination is not unique.

No null equals another, so two rows with the same project and an empty parent both pass. A single optional column is
another matter: there, "unique when present" is what is meant.

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

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # only the owner knows whether the column may be required


def check(schema: Schema) -> Iterator[Finding]:
    """Yield unique combinations, the tenant aside, of required and optional columns."""
    for table in schema.tables:
        for unique in (one for one in table.uniques if not one.nulls_equal):
            own = table.without_tenant(unique.columns)
            empty = [name for name in own if table.column(name).nullable]
            if empty and len(own) > 1:
                message = f"{unique.name} lets the same row stand twice wherever {empty[0]} is empty"
                instead = (
                    f"make {empty[0]} required, or declare UNIQUE NULLS NOT DISTINCT ({', '.join(unique.columns)})"
                )
                yield Finding.in_schema(
                    __name__, SEVERITY, table.name, message, instead, column=empty[0], constraint=unique.name
                )
