"""A binary float cannot represent most amounts of money exactly.

0.1 has no exact binary form: sums drift by cents, and two equal totals compare as different. On SQLite a DECIMAL is
stored as one too, which is a minor finding: single amounts stay right.

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
_WHOLE = "use an INTEGER of the smallest unit (the amount times {:,})"


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield a finding for each column of binary fractions whose name means money."""
    exact = not schema.engine or traits_of(schema.engine).exact_decimals
    for column in table.columns:
        if not is_money(column.name, table):
            continue
        precision, scale = _digits(column.name)
        if _is_float(column.type):
            message = f"{column.name} stores money as a binary float: sums drift by cents"
            instead = f"use decimal({precision}, {scale})" if exact else _WHOLE.format(10**scale)
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)
        elif column.type.name == "decimal" and column.type.native and not exact:
            message = f"{column.name} is money, and this engine stores a {column.type.native} as a binary float"
            instead = _WHOLE.format(10**scale)
            yield Finding.in_schema(__name__, "minor", table.name, message, instead, column=column.name)


def _is_float(type_: ColumnType) -> bool:
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
