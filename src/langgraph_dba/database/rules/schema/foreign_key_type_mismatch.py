"""A foreign key column of another type than the key that it references cannot hold every key, or needs a cast.

An integer that references a bigint key accepts no key above 2,147,483,647: the inserts fail when the key gets there.
Other types than the key's need a cast in each join, with which an index may not be used.

Bad:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer REFERENCES customers);
```

Good:

```sql
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE countries (code varchar(2) PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, country text REFERENCES countries);
```
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.engines import traits_of
from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_TEXTS = ("string", "text", "char", "choice")
_BITS = (
    (r"tiny.*", 8), (r"small.*|int2", 16), (r"medium.*", 24), (r"(integer|int|serial|int4|serial4)\b.*", 32),
    (r"big.*|identity|reference|int8|serial8", 64),
)  # fmt: skip


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield columns of foreign keys whose type differs from their target's; a wider integer is only a nit."""
    for key in table.foreign_keys:
        target = schema.table(key.target)
        for name, referenced in zip(key.columns, key.target_columns, strict=True):
            own, their = table.column(name), target.column(referenced)
            problem = _problem(own, their, schema)
            if problem:
                severity, clause = problem
                message = (
                    f"{name} ({_text(own.type)}) references {target.name}.{referenced} ({_text(their.type)}): {clause}"
                )
                instead = f"give {name} the type of {target.name}.{referenced}"
                yield Finding.in_schema(
                    __name__, severity, table.name, message, instead, column=name, constraint=key.name
                )


def _problem(own: Column, their: Column, schema: Schema) -> tuple[Severity, str] | None:
    own_bits, their_bits = _bits(own.type), _bits(their.type)
    sized = not schema.engine or traits_of(schema.engine).enforces_sizes
    if own_bits and their_bits:
        if own_bits < their_bits and sized:
            value_bits = own_bits - ("unsigned" not in _text(own.type))
            return SEVERITY, f"it holds no key above {2**value_bits - 1:,}"
        return ("nit", "it is wider than every key") if own_bits > their_bits and sized else None
    if own.type.name in _TEXTS and their.type.name in _TEXTS:
        return _text_problem(own, their, sized=sized)
    if (own.type.name, own.type.native) == (their.type.name, their.type.native):
        return None
    return SEVERITY, "each join needs a cast, with which an index may not be used"


def _text_problem(own: Column, their: Column, *, sized: bool) -> tuple[Severity, str] | None:
    if own.collation != their.collation:
        return "minor", "their collations differ, so joins may compare them in another way than the foreign key"
    length = own.type.length
    if sized and length and length < (their.type.length or length + 1) and not own.type.choices:
        return "minor", f"it holds no key of more than {length} characters"
    return None


def _bits(type_: ColumnType) -> int:
    text = _text(type_)
    return next((bits for pattern, bits in _BITS if re.fullmatch(pattern, text)), 0)


def _text(type_: ColumnType) -> str:
    length = f"({type_.length})" if type_.length else ""
    return (type_.native or f"{type_.name}{length}").lower()


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Give the column the type of its target, unless it numbers rows itself."""
    table = schema.table(location.table)
    column = table.column(location.column)
    key = next(key for key in table.foreign_keys if key.name == location.constraint)
    referenced = key.target_columns[key.columns.index(column.name)]
    type_ = schema.table(key.target).column(referenced).type
    if column.identity or column.type.name == "identity":
        return schema
    if type_.name == "identity":
        # a reference is an integer of the identity's size without its counter
        type_ = ColumnType(name="reference", native=type_.native.replace("serial", "int") if type_.native else "")
    return change_column(schema, table.name, column.name, type=type_)
