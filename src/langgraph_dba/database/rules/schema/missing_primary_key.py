"""Rows of a table without a primary key cannot be identified.

The same row can be stored twice, no other table can reference it, and an update of one copy changes the other too.

Bad:

```sql
CREATE TABLE readings (sensor text NOT NULL, taken_at timestamptz NOT NULL, celsius real NOT NULL);
```

Good:

```sql
CREATE TABLE readings (sensor text, taken_at timestamptz, celsius real NOT NULL, PRIMARY KEY (sensor, taken_at));
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "critical"
_COUNTABLE = ("identity", "reference", "integer", "bigint", "uuid")


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield a finding for each table without a primary key; major if another key identifies its rows."""
    if not table.primary_key:
        what = (
            f"only {', '.join(table.row_key)} identifies its rows"
            if table.row_key
            else "two of its rows can be identical"
        )
        severity: Severity = "major" if table.row_key else SEVERITY
        message = f"{table.name} has no primary key: {what}"
        yield Finding.in_schema(__name__, severity, table.name, message, f"make {_advice(table)} the primary key")


def _advice(table: Table) -> str:
    return ", ".join(table.keys[0]) if table.keys else "an identity column `id`"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Use a unique constraint without nullable columns, else the column `id`; without both, add an identity column."""
    table = schema.table(location.table)
    if table.keys:
        return schema.replace(table.with_(primary_key=table.keys[0]))
    if "id" not in table.column_names:
        column = Column(name="id", type=ColumnType(name="identity"))
        return schema.replace(table.with_(columns=(column, *table.columns), primary_key=("id",)))
    # an `id` of another type (a text, say) may repeat or change: only the owner can decide
    if table.column("id").type.name not in _COUNTABLE:
        return schema
    required = tuple(c.model_copy(update={"nullable": False}) if c.name == "id" else c for c in table.columns)
    return schema.replace(table.with_(columns=required, primary_key=("id",)))
