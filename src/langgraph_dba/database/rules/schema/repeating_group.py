"""Numbered columns are a list of fixed length.

`phone1, phone2, phone3`: a fourth number has no column, a search for one number compares three columns, and no
constraint prevents the same number in two of them.

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, phone1 text, phone2 text, phone3 text);
```

Good:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, address_line1 text, address_line2 text);
CREATE TABLE customer_phones (
  customer_id bigint REFERENCES customers, phone text, PRIMARY KEY (customer_id, phone)
);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.numbered_columns import numbered_groups
from langgraph_dba.database.rules.kit.splitting import is_movable, move_to_rows
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_TEXTS = ("string", "text")


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield each group of columns that is numbered from 1, or from 2 beside a column without a number."""
    for stem, names in numbered_groups(table).items():
        message = f"{', '.join(names)} repeat one fact: one more value has no column"
        instead = f"store each {stem.replace('_', ' ')} as a row of a separate table"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=names[0])


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Move texts to a separate table; leave other types, whose order may have a meaning known only to the owner."""
    table = schema.table(location.table)
    stem, names = next((s, n) for s, n in numbered_groups(table).items() if n[0] == location.column)
    columns = [table.column(name) for name in names]
    if columns[0].type.name not in _TEXTS or not is_movable(schema, table, names):
        return schema
    widest = max(columns, key=lambda column: column.type.length or 0)
    personal = any(column.personal for column in columns)
    value = widest.model_copy(update={"name": stem, "nullable": False, "default": None, "personal": personal})
    return move_to_rows(schema, table, names, value)
