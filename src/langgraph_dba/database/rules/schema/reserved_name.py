"""A word of SQL as a name has to be quoted wherever it is written, and once it will not be.

Bad:

```sql
CREATE TABLE "order" (id bigint PRIMARY KEY);
```

Good:

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, position integer);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.requirements.plural import plural_of
from langgraph_dba.database.requirements.reserved import is_reserved
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # every reader of the table knows it by this name


def check(schema: Schema) -> Iterator[Finding]:
    """Yield tables and columns that an engine refuses without quotes."""
    for table in schema.tables:
        if is_reserved(table.name):
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, f"{table.name} is a word of SQL", _table_advice(table.name)
            )
        for column in table.columns:
            if is_reserved(column.name):
                message = f"{column.name} is a word of SQL"
                instead = f"say which one, such as {column.name}_name or {column.name}_number"
                yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _table_advice(name: str) -> str:
    several = plural_of(name)
    return f"call it {name}_records" if is_reserved(several) or several == name else f"call it {several}"
