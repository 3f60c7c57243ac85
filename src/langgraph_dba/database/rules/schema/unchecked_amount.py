"""A price or quantity without a lower bound accepts negative values.

Bad:

```sql
CREATE TABLE items (id bigint PRIMARY KEY, unit_price numeric(12, 2) NOT NULL, quantity integer NOT NULL);
```

Good:

```sql
CREATE TABLE items (
  id bigint PRIMARY KEY, unit_price numeric(12, 2) NOT NULL CHECK (unit_price >= 0),
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 99), balance numeric(12, 2) NOT NULL
);
```
"""

from collections.abc import Iterator
from decimal import Decimal

from langgraph_dba.database.model.schema import Column, Range, Schema, Table
from langgraph_dba.database.rules.kit.changes import add_check
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import is_ratio, tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "minor"
_NUMBERS = ("smallint", "integer", "bigint", "decimal", "float", "duration")
# `amount` and `balance` are not in the list: a refund and a debt are negative, and correct.
_NEVER_NEGATIVE = frozenset(
    {"budget", "capacity", "cost", "fee", "price", "qty", "quantity", "salary", "stock", "wage"}
)
_DIFFERENCES = frozenset({"adjustment", "change", "delta", "difference", "net", "variance", "surplus"})


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield number columns that mean a non-negative quantity and have no check with a lower bound."""
    for column in table.columns:
        if _never_negative(column) and not _has_floor(table, column.name):
            message = f"{column.name} may be negative"
            instead = f"CHECK ({column.name} >= 0)"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _never_negative(column: Column) -> bool:
    words = frozenset(tokens(column.name))
    named = bool(words & _NEVER_NEGATIVE) and not words & _DIFFERENCES and not is_ratio(column.name)
    # `price_id` is a key, not a price
    return named and "id" not in words and column.type.name in _NUMBERS


def _has_floor(table: Table, column: str) -> bool:
    ranges = (check for check in table.meanings if isinstance(check, Range))
    return any(check.column == column and check.low is not None for check in ranges)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add a check with the lower bound 0, or add the bound to a check that has only an upper one."""
    table, floor = schema.table(location.table), Decimal(0)
    for check_ in table.checks:
        if isinstance(check_, Range) and check_.column == location.column:
            if check_.high is not None and check_.high < floor:
                return schema  # the upper bound is negative: the column holds negative numbers on purpose
            bounded = check_.model_copy(update={"low": floor})
            return schema.replace(table.with_(checks=tuple(bounded if c == check_ else c for c in table.checks)))
    name = f"{table.name}_{location.column}_check"
    return add_check(schema, table.name, Range(name=name, column=location.column, low=floor))
