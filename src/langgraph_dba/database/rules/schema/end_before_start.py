"""A period that ends before it starts has a negative length and makes sums over periods wrong.

Bad:

```sql
CREATE TABLE bookings (id bigint PRIMARY KEY, starts_at timestamptz NOT NULL, ends_at timestamptz);
```

Good:

```sql
CREATE TABLE bookings (
  id bigint PRIMARY KEY, starts_at timestamptz NOT NULL, ends_at timestamptz, CHECK (ends_at >= starts_at)
);
```
"""

from collections.abc import Iterator
from itertools import product

from langgraph_dba.database.model.business_rules import ENFORCED
from langgraph_dba.database.model.schema import Ordered, Schema, Table
from langgraph_dba.database.rules.kit.changes import add_check
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "minor"
# Times of day are not compared: a night shift starts at 22:00 and ends at 06:00.
_COMPARED = ("date", "instant", "local-datetime")
_PAIRS: tuple[tuple[str, str], ...] = (
    ("start", "end"), ("starts", "ends"), ("started", "ended"), ("started", "finished"), ("started", "completed"),
    ("begin", "end"), ("begins", "ends"), ("began", "ended"), ("from", "to"), ("from", "until"), ("from", "through"),
    ("opened", "closed"), ("in", "out"), ("hired", "left"), ("joined", "left"), ("arrival", "departure"),
    ("issued", "expires"), ("borrowed", "returned"), ("rented", "returned"),
)  # fmt: skip


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield pairs of columns with the names of a start and its end and without a check or rule that orders them."""
    ordered = {(check.first, check.last) for check in table.meanings if isinstance(check, Ordered)}
    rules = (one for one in schema.rules if isinstance(one, ENFORCED) and one.table == table.name)
    ordered |= {pair for rule in rules for pair in rule.orders}
    for first, last in _pairs(table):
        if (first, last) not in ordered:
            message = f"{last} may be before {first}"
            instead = f"CHECK ({last} >= {first})"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=last, constraint=first)


def _pairs(table: Table) -> Iterator[tuple[str, str]]:
    types = {column.name: column.type for column in table.columns if column.type.name in _COMPARED}
    for name, type_ in types.items():
        words = tokens(name)
        for position, (start, end) in product(range(len(words)), _PAIRS):
            last = "_".join((*words[:position], end, *words[position + 1 :]))
            # of one type only: a date and an instant have no order without a time zone
            if words[position] == start and types.get(last) == type_:
                yield name, last


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Add a check that orders the two columns; it accepts NULL in either."""
    name = f"{location.table}_{location.column}_order_check"
    ordered = Ordered(name=name, first=location.constraint, last=location.column)
    return add_check(schema, location.table, ordered)
