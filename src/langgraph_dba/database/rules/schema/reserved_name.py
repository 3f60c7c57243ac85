"""A name that is a reserved word of SQL must be quoted in every statement.

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

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.requirements.plural import plural_of
from langgraph_dba.database.requirements.reserved import is_reserved
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # a new name would break every statement that uses the old one


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield tables and columns whose names at least one engine refuses without quotes."""
    if is_reserved(table.name):
        yield Finding.in_schema(
            __name__, SEVERITY, table.name, f"{table.name} is a reserved word of SQL", _table_advice(table.name)
        )
    for column in table.columns:
        if is_reserved(column.name):
            message = f"{column.name} is a reserved word of SQL"
            instead = f"use a more specific name, such as {column.name}_name or {column.name}_number"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _table_advice(name: str) -> str:
    plural = plural_of(name)
    return f"call it {name}_records" if is_reserved(plural) or plural == name else f"call it {plural}"
