"""A table without a creation time cannot show when a row was added.

Bad:

```sql
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL);
```

Good:

```sql
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE countries (code char(2) PRIMARY KEY);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.rules.kit.date_names import date_in_text
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "nit"
_TEMPORAL = ("instant", "local-datetime", "date")
_INTEGERS = ("integer", "bigint")


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield tables with a surrogate key and without a column for the creation time."""
    # tables with a natural key (a pair of references, a country code) are mostly lists and associations
    if _has_surrogate_key(table) and not any(_is_creation_time(column, table) for column in table.columns):
        message = f"{table.name} has no column for the creation time of a row"
        instead = "add created_at, an instant with the default `now`"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead)


def _has_surrogate_key(table: Table) -> bool:
    return len(table.primary_key) == 1 and table.column(table.primary_key[0]).type.name == "identity"


def _is_creation_time(column: Column, table: Table) -> bool:
    # a row of an event is created when the event happens: the `rental_date` of a rental
    event = singular_of(table.name)
    named = column.name.startswith("create") or column.name.endswith(("recorded_at", "logged_at", "inserted_at"))
    named = named or column.name in (f"{event}_date", f"{event}_at", f"{event}_time")
    # what is wrong with a moment as text is told by date-as-text
    is_moment = column.type.name in _TEMPORAL or date_in_text(column) is not None or _is_count_of_seconds(column)
    return column.default == "now" or (named and is_moment)


def _is_count_of_seconds(column: Column) -> bool:
    return column.type.name in _INTEGERS and column.name.endswith(("_at", "_time"))


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add the column; if a column `created_at` of another type exists, leave the schema and the finding."""
    table = schema.table(location.table)
    if "created_at" in table.column_names:
        return schema
    column = Column(name="created_at", type=ColumnType(name="instant"), default="now")
    return schema.replace(table.with_(columns=(*table.columns, column)))
