"""A table that only connects rows of other tables accepts the same connection twice without a key over them.

A like of a post by a user exists once, and so does the enrollment of a student in a course: each count and each join
over a duplicate is wrong. A table with attributes of its own, such as a date or an amount, may connect the same rows
many times and is not reported.

Bad:

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE posts (id bigint PRIMARY KEY);
CREATE TABLE likes (
  id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, post_id bigint NOT NULL REFERENCES posts,
  created_at timestamptz NOT NULL DEFAULT now()
);
```

Good:

```sql
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE posts (id bigint PRIMARY KEY);
CREATE TABLE likes (
  id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, post_id bigint NOT NULL REFERENCES posts,
  created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (user_id, post_id)
);
CREATE TABLE visits (
  id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, post_id bigint NOT NULL REFERENCES posts,
  visited_at timestamptz NOT NULL
);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"
fix = None  # rows that exist may be duplicates
_SIDES = 2
_STAMPS = frozenset({"created_at", "updated_at", "created", "updated", "inserted_at", "modified_at", "created_on"})


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield tables of nothing but required references to two or more tables, without a key over them."""
    keys = [key for key in table.row_references if not table.is_optional(key) and key.target != table.name]
    sides = {column for key in keys for column in table.own_key_columns(key)}
    if len({key.target for key in keys}) < _SIDES:
        return
    known = {*sides, *table.referring_columns, *table.tenant_columns, *table.primary_key, *_STAMPS}
    own = [column.name for column in table.columns if column.name not in known]
    has_key = any(sides & set(columns) for columns in table.keys if set(columns) != set(table.primary_key)) or (
        bool(sides & set(table.primary_key))
    )
    referred_to = any(key.target == table.name for _, key in schema.foreign_keys())
    if not own and not has_key and not referred_to:
        listed = ", ".join(sorted(sides))
        message = (
            f"{table.name} connects rows of {' and '.join(sorted({key.target for key in keys}))} any number of times"
        )
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, f"add UNIQUE ({listed})")
