"""A binary float cannot represent most amounts of money exactly.

0.1 has no exact binary form: sums drift by cents, and two equal totals compare as different.

Bad:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, total_amount double precision NOT NULL);
```

Good:

```sql
CREATE TABLE invoices (id bigint PRIMARY KEY, total_amount numeric(12, 2) NOT NULL, tax_rate real);
```
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.model.schema import ColumnType, Schema, Table
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import is_money, tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "critical"


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield a finding for each column of binary fractions whose name means money."""
    exact = not schema.engine or traits_of(schema.engine).exact_decimals
    for column in table.columns:
        if _is_binary(column.type, exact=exact) and is_money(column.name, table):
            message = f"{column.name} stores money as a binary float: sums drift by cents"
            precision, scale = _digits(column.name)
            instead = f"use decimal({precision}, {scale})"
            if not exact:
                instead = f"use an INTEGER of the smallest unit (the amount times {10**scale:,})"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _is_binary(type_: ColumnType, *, exact: bool) -> bool:
    """Return whether a type stores binary fractions, as a DECIMAL of an engine without exact decimals does."""
    if type_.name == "decimal" and type_.native and not exact:
        return True
    # a type with `unsigned` has no name of ours
    return type_.name == "float" or re.match(r"(double|float|real)\b", type_.native, re.IGNORECASE) is not None


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Change the type to an exact decimal; checks and default keep their values."""
    precision, scale = _digits(location.column)
    exact = ColumnType(name="decimal", precision=precision, scale=scale)
    return change_column(schema, location.table, location.column, type=exact)


def _digits(name: str) -> tuple[int, int]:
    # a rate is multiplied: with two decimal places it would be rounded before the multiplication
    return (18, 6) if "rate" in tokens(name) else (12, 2)
