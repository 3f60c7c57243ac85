"""A moment without a zone is a different moment on each machine that reads it.

`created_at` says when something happened, once, for everyone. A local date and time says what one wall clock showed: an
hour of each year comes twice, and a server moved to another zone rewrites history.

Bad:

```sql
CREATE TABLE logins (id bigint PRIMARY KEY, happened_at timestamp NOT NULL);
```

Good:

```sql
CREATE TABLE logins (id bigint PRIMARY KEY, happened_at timestamptz NOT NULL, local_opening timestamp);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import ColumnType, Ordered, Schema, Table
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_MOMENTS = frozenset({"at", "timestamp", "created", "updated", "modified", "deleted"})


def check(schema: Schema) -> Iterator[Finding]:
    """Yield local dates and times whose name speaks of a moment; one that says `local` is meant so."""
    for table in schema.tables:
        for column in table.columns:
            words = tokens(column.name)
            if column.type.name == "local-datetime" and words[-1] in _MOMENTS and "local" not in words:
                message = f"{column.name} is a moment without a zone: it means another one wherever the zone differs"
                instead = "use an instant (timestamptz), and keep a local time only beside the zone it is meant in"
                yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Make it an instant, along with the local times that a check compares it with."""
    table = schema.table(location.table)
    for name in _compared(table, location.column):
        if table.column(name).type.name == "local-datetime":
            schema = change_column(schema, table.name, name, type=ColumnType(name="instant"))
    return schema


def _compared(table: Table, column: str) -> set[str]:
    """The column and every other that checks tie to it, directly or through a third."""
    found = {column}
    pairs = [{check.first, check.last} for check in table.meanings if isinstance(check, Ordered)]
    while more := {name for pair in pairs if pair & found for name in pair} - found:
        found |= more
    return found
