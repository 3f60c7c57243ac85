"""A constraint that is NOT VALID holds for new rows only: older rows may violate it.

It is the first half of adding a constraint without a long lock. Until VALIDATE CONSTRAINT has read the old rows,
queries cannot rely on it, a restore of the data can fail, and an update of an old row fails unexpectedly. One that is
NOT ENFORCED (since PostgreSQL 18) checks no row at all, which is a major finding.

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
```

Good:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fkey;
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # old rows may violate it: only the database can tell


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield foreign keys and checks that are not valid, or not enforced."""
    keys = [(key.name, key.columns[0]) for key in table.foreign_keys if not key.validated]
    # a check that is not valid has only its SQL; exclusions and others always hold
    checks = [(one.name, "") for one in table.constraints if one.sql.upper().endswith("NOT VALID")]
    for one in table.constraints:
        if one.sql.upper().endswith("NOT ENFORCED"):
            message = f"{one.name} is NOT ENFORCED: no row is checked"
            is_key = one.sql.upper().startswith("FOREIGN KEY")  # of a check it cannot be changed
            change = (
                f"ALTER CONSTRAINT {one.name} ENFORCED" if is_key else f"DROP CONSTRAINT {one.name}, and add it again"
            )
            instead = f"ALTER TABLE {table.name} {change.format(one.name)}"
            yield Finding.in_schema(__name__, "major", table.name, message, instead, constraint=one.name)
    for name, column in (*keys, *checks):
        message = f"{name} is NOT VALID: rows from before it was added may violate it"
        instead = f"ALTER TABLE {table.name} VALIDATE CONSTRAINT {name}, which blocks neither reads nor writes"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column, constraint=name)
