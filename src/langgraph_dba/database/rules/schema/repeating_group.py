"""Numbered columns are a list with a fixed end.

`phone1, phone2, phone3`: the fourth has no place, finding one number asks three questions, and nothing keeps the same
number from standing there twice.

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

import re
from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.splitting import is_movable, moved_to_rows
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_NUMBERED = re.compile(r"([a-z][a-z_]*?)_?(\d+)")
_TEXTS = ("string", "text")
_LINES = ("line", "address", "street")  # lines of one address are parts of it, not several


def check(schema: Schema) -> Iterator[Finding]:
    """Yield each run of columns that are numbered from one, or continue an unnumbered one from two."""
    for table in schema.tables:
        for stem, names in _groups(table).items():
            message = f"{', '.join(names)} repeat one fact: there is no place for one more"
            instead = f"keep each {stem.replace('_', ' ')} as a row of a table of its own"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=names[0])


def _groups(table: Table) -> dict[str, list[str]]:
    numbered: dict[str, dict[int, str]] = {}
    for column in table.columns:
        if found := _NUMBERED.fullmatch(column.name):
            numbered.setdefault(found[1], {})[int(found[2])] = column.name
    for stem, names in numbered.items():
        if stem in table.column_names:
            names.setdefault(1, stem)
    return {
        stem: [names[number] for number in sorted(names)]
        for stem, names in numbered.items()
        if {1, 2} <= names.keys() and not stem.endswith(_LINES) and _alike(table, list(names.values()))
    }


def _alike(table: Table, names: list[str]) -> bool:
    return len({table.column(name).type.name for name in names}) == 1


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Give texts a table of their own; of numbers and dates only their owner knows whether their places matter."""
    table = schema.table(location.table)
    stem, names = next((s, n) for s, n in _groups(table).items() if n[0] == location.column)
    columns = [table.column(name) for name in names]
    if columns[0].type.name not in _TEXTS or not is_movable(schema, table, names):
        return schema
    widest = max(columns, key=lambda column: column.type.length or 0)
    personal = any(column.personal for column in columns)
    value = widest.model_copy(update={"name": stem, "nullable": False, "default": None, "personal": personal})
    return moved_to_rows(schema, table, names, value)
