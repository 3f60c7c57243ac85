"""A moment stored without a time zone is a different moment in each time zone that reads it.

`created_at` is one moment for all readers. A local date and time is a clock reading: one hour of each year occurs
twice, and after a move of the server to another time zone the old rows mean other moments.

Bad:

```sql
CREATE TABLE logins (id bigint PRIMARY KEY, happened_at timestamp NOT NULL, last_seen timestamp);
```

Good:

```sql
CREATE TABLE logins (id bigint PRIMARY KEY, happened_at timestamptz NOT NULL, local_opening timestamp, due timestamp);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.model.schema import ColumnType, Ordered, Schema, Table
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import is_moment
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield local-datetime columns whose name means a moment, except those of local times."""
    # MariaDB has no type with a zone: its TIMESTAMP is stored in UTC, and its DATETIME holds UTC by convention
    if schema.engine and not traits_of(schema.engine).zoned_instants:
        return
    for column in table.columns:
        if column.type.name == "local-datetime" and is_moment(column.name):
            message = f"{column.name} is a moment without a time zone: readers in other time zones get another moment"
            has_zones = not schema.engine or traits_of(schema.engine).sessions_have_time_zones
            what = "an instant (timestamptz)" if has_zones else "UTC with a mark of it, such as a Z at the end"
            instead = f"use {what}; store a local time only together with its time zone"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Change the type to instant, also for the local-datetime columns that a check compares with it."""
    table = schema.table(location.table)
    # an instant and a local time cannot be compared without a time zone: the check would depend on the session's
    for name in _compared_columns(table, location.column):
        if table.column(name).type.name == "local-datetime":
            schema = change_column(schema, table.name, name, type=ColumnType(name="instant"))
    return schema


def _compared_columns(table: Table, column: str) -> set[str]:
    """Return the column and all columns that checks compare with it, directly or through other columns."""
    columns = {column}
    pairs = [{check.first, check.last} for check in table.meanings if isinstance(check, Ordered)]
    while more := {name for pair in pairs if pair & columns for name in pair} - columns:
        columns |= more
    return columns
