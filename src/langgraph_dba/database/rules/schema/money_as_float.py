"""Money in a binary float is not the money that was paid.

0.1 has no exact binary form, so sums drift by cents, two equal totals compare as different, and no auditor accepts it.

Bad:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, total_amount double precision NOT NULL);
```

Good:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, total_amount numeric(12, 2) NOT NULL, tax_percent real);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import ColumnType, Schema
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.vocabulary import speaks_of_money, tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "critical"


def check(schema: Schema) -> Iterator[Finding]:
    """Yield the floats whose name speaks of money."""
    for table in schema.tables:
        for column in table.columns:
            if column.type.name == "float" and speaks_of_money(column.name, table):
                message = f"{column.name} keeps money as a binary float: sums drift by cents"
                instead = f"use decimal({_digits(column.name)[0]}, {_digits(column.name)[1]})"
                yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Make it an exact decimal; bounds and default keep their values."""
    precision, scale = _digits(location.column)
    exact = ColumnType(name="decimal", precision=precision, scale=scale)
    return change_column(schema, location.table, location.column, type=exact)


def _digits(name: str) -> tuple[int, int]:
    # a rate is multiplied by: two places would round it before it is used
    return (18, 6) if "rate" in tokens(name) else (12, 2)
