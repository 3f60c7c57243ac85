"""Without an index on a foreign key, the delete of a referenced row reads the whole referencing table.

PostgreSQL and SQLite index the referenced key, not the columns of the foreign key. Joins along the foreign key read the
whole table too, and the delete holds its locks for that time.

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
```

Good:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);
CREATE INDEX orders_customer_idx ON orders (customer_id);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.rule_keys import keys_of_rules
from langgraph_dba.database.model.schema import ForeignKey, Index, OuterKey, Schema, Table
from langgraph_dba.database.rules.kit.changes import free_name
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield foreign keys whose columns are not the first columns of an index, a primary key or a unique constraint."""
    unique = keys_of_rules(schema.rules, table.name)
    for key in table.all_foreign_keys:
        is_served = any(columns[: len(key.columns)] == tuple(key.columns) for columns in unique)
        if not is_served and not table.supports_lookup(key.columns):
            columns = ", ".join(key.columns)
            message = f"no index supports {key.name}: a delete in {key.target} reads all of {table.name}"
            instead = f"CREATE INDEX {_index_name(table, key)} ON {table.name} ({columns})"
            yield Finding.in_schema(
                __name__, SEVERITY, table.name, message, instead, column=key.columns[-1], constraint=key.name
            )


def _index_name(table: Table, key: ForeignKey | OuterKey) -> str:
    return f"{table.name}_{key.columns[-1].removesuffix('_id')}_idx"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add an index over the columns of the foreign key."""
    table = schema.table(location.table)
    key = next(key for key in table.all_foreign_keys if key.name == location.constraint)
    name = free_name(schema, _index_name(table, key))
    index = Index(name=name, columns=key.columns, reason=f"supports {key.name}")
    return schema.replace(table.with_(indexes=(*table.indexes, index)))
