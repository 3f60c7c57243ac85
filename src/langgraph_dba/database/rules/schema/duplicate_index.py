"""An index that another one begins with costs every write and serves no read.

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
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "minor"


def check(schema: Schema) -> Iterator[Finding]:
    """Yield plain indexes whose columns begin another index or a key.

    An index that is unique, or that includes columns, has work of its own. Of two equal ones the later gives way.
    """
    for table in schema.tables:
        for number, index in enumerate(table.indexes):
            other = _serving(table, index, number)
            if other and not index.unique and not index.include:
                message = f"{index.name} serves nothing that {other} does not: it only costs writes"
                yield Finding.in_schema(
                    __name__, SEVERITY, table.name, message, f"drop {index.name}", constraint=index.name
                )


def _serving(table: Table, index: Index, number: int) -> str:
    """Name what makes the index idle."""
    keys = {f"{table.name}_pkey": table.primary_key, **{unique.name: unique.columns for unique in table.uniques}}
    others = [other for place, other in enumerate(table.indexes) if place != number and _outlives(other, index, table)]
    paths = [*keys.items(), *((other.name, other.lookup_columns) for other in others)]
    if not index.is_plain:
        return next((other.name for other in others if _alike(other, index)), "")
    return next((name for name, columns in paths if serves_order(columns, index.columns)), "")


def _alike(one: Index, other: Index) -> bool:
    """Whether they differ in their names alone: an order, a predicate or a method is work of its own."""
    return one.model_copy(update={"name": other.name, "reason": other.reason}) == other


def _outlives(other: Index, index: Index, table: Table) -> bool:
    idle = other.parts == index.parts and not other.unique and not other.include and other.where == index.where
    return not idle or table.indexes.index(other) < table.indexes.index(index)


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Drop it."""
    table = schema.table(location.table)
    kept = tuple(index for index in table.indexes if index.name != location.constraint)
    return schema.replace(table.with_(indexes=kept))
