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

import re
from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.splitting import is_movable, move_to_rows
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_NUMBERED = re.compile(r"([a-z][a-z_]*?)_?(\d+)")
_TEXTS = ("string", "text")
_LINES = ("line", "address", "street")  # the lines of one address are its parts, not several addresses


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield each group of columns that is numbered from 1, or from 2 beside a column without a number."""
    for stem, names in _groups(table).items():
        message = f"{', '.join(names)} repeat one fact: one more value has no column"
        instead = f"store each {stem.replace('_', ' ')} as a row of a separate table"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=names[0])


def _groups(table: Table) -> dict[str, list[str]]:
    numbered: dict[str, dict[int, str]] = {}
    for column in table.columns:
        if match := _NUMBERED.fullmatch(column.name):
            numbered.setdefault(match[1], {})[int(match[2])] = column.name
    for stem, names in numbered.items():
        if stem in table.column_names:  # the first column of a group often has no number: `phone`, `phone2`
            names.setdefault(1, stem)
    # 1 and 2 are required: a lone `sha256`, `ipv4` beside `ipv6` or `utf8` is a name with a number in it
    return {
        stem: [names[number] for number in sorted(names)]
        for stem, names in numbered.items()
        if {1, 2} <= names.keys() and not stem.endswith(_LINES) and _have_one_type(table, list(names.values()))
    }


def _have_one_type(table: Table, names: list[str]) -> bool:
    return len({table.column(name).type.name for name in names}) == 1


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Move texts to a separate table; leave other types, whose order may have a meaning known only to the owner."""
    table = schema.table(location.table)
    stem, names = next((s, n) for s, n in _groups(table).items() if n[0] == location.column)
    columns = [table.column(name) for name in names]
    if columns[0].type.name not in _TEXTS or not is_movable(schema, table, names):
        return schema
    widest = max(columns, key=lambda column: column.type.length or 0)
    personal = any(column.personal for column in columns)
    value = widest.model_copy(update={"name": stem, "nullable": False, "default": None, "personal": personal})
    return move_to_rows(schema, table, names, value)
