"""An index over the first columns of another index costs writes and serves no read of its own.

Bad:

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz);
CREATE INDEX by_customer ON orders (customer_id);
CREATE INDEX by_customer_and_time ON orders (customer_id, placed_at);
```

Good:

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, placed_at timestamptz, status text, code text);
CREATE INDEX by_customer_and_time ON orders (customer_id, placed_at);
CREATE INDEX by_customer ON orders (customer_id) INCLUDE (status);
CREATE INDEX open_ones ON orders (customer_id) WHERE status = 'open';
CREATE INDEX by_status ON orders (status, code);
CREATE UNIQUE INDEX one_code_each ON orders (code, customer_id);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.indexes import serves_order
from langgraph_dba.database.model.schema import Index, Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "minor"


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield plain indexes whose columns are the first columns of another index or key; of two equal ones, the later."""
    for number, index in enumerate(table.indexes):
        other = _substitute(table, index, number)
        # a unique index enforces a rule, and included columns make index-only scans possible
        if other and not index.unique and not index.include:
            message = f"{index.name} serves no read that {other} does not serve, and costs writes"
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, f"drop {index.name}", constraint=index.name
            )


def _substitute(table: Table, index: Index, number: int) -> str:
    """Return the name of an index or key that serves every read of this index; empty if there is none."""
    keys = {f"{table.name}_pkey": table.primary_key, **{unique.name: unique.columns for unique in table.uniques}}
    others = [
        other for position, other in enumerate(table.indexes) if position != number and _stays(other, index, table)
    ]
    paths = [*keys.items(), *((other.name, other.lookup_columns) for other in others)]
    # an index with an order, a predicate or a method of its own serves reads that a plain prefix does not
    if not index.is_plain:
        return next((other.name for other in others if _is_identical(other, index)), "")
    return next((name for name, columns in paths if serves_order(columns, index.columns)), "")


def _is_identical(one: Index, other: Index) -> bool:
    """Return whether two indexes differ in name and reason only; any other difference can serve other reads."""
    return one.model_copy(update={"name": other.name, "reason": other.reason}) == other


def _stays(other: Index, index: Index, table: Table) -> bool:
    # Of two equal indexes only the later is reported: a fix that drops both would leave none.
    equal = other.parts == index.parts and not other.unique and not other.include and other.where == index.where
    return not equal or table.indexes.index(other) < table.indexes.index(index)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Drop the index."""
    table = schema.table(location.table)
    indexes = tuple(index for index in table.indexes if index.name != location.constraint)
    return schema.replace(table.with_(indexes=indexes))
