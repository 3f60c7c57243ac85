"""A status column without a list of values accepts every spelling.

'done', 'Done' and 'finished' are all accepted, and each report must handle all of them.

Bad:

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, status varchar(20) NOT NULL);
```

Good:

```sql
CREATE TABLE orders (
  id bigint PRIMARY KEY, status varchar(20) NOT NULL CHECK (status IN ('open', 'paid', 'sent')),
  city text, state text
);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Choice, Column, Schema, Table
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # the values are known only to the owner
_CLOSED = frozenset({"status", "state", "type", "kind", "stage", "phase", "priority", "severity"})
_OF_AN_ADDRESS = frozenset({"city", "zip", "zip_code", "postal_code", "postcode", "street", "country", "address"})
# The values of these types come from long lists that other organisations maintain, such as the media types of IANA.
_OPEN_TYPES = frozenset({"mime", "media", "content", "file"})


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield text columns with the name of a closed list and without a check or foreign key that restricts them."""
    for column in table.columns:
        if _is_closed_list(column, table) and not _is_restricted(column, table):
            message = f"{column.name} accepts any text, so every spelling of a {tokens(column.name)[-1]}"
            instead = f"list the values: make it a choice, or CHECK ({column.name} IN (…))"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _is_closed_list(column: Column, table: Table) -> bool:
    words = tokens(column.name)
    if column.type.name not in ("string", "text") or words[-1] not in _CLOSED or _OPEN_TYPES.intersection(words):
        return False
    return words[-1] != "state" or not _is_part_of_address(words[:-1], table)


def _is_part_of_address(before: tuple[str, ...], table: Table) -> bool:
    """Return whether a `state` belongs to an address: the table has other parts of an address with the same prefix."""
    prefix = "_".join((*before, ""))
    return bool({*_OF_AN_ADDRESS, *(f"{prefix}{part}" for part in _OF_AN_ADDRESS)}.intersection(table.column_names))


def _is_restricted(column: Column, table: Table) -> bool:
    listed = any(isinstance(check, Choice) and check.column == column.name for check in table.meanings)
    referring = any(column.name in key.columns for key in table.foreign_keys)
    # a table of the values themselves: other tables reference this column
    own_list = any(column.name in (*key[-1:],) for key in (table.primary_key, *(u.columns for u in table.uniques)))
    return listed or referring or own_list
