"""A date stored as text is not checked, not sorted by time, and not usable in calculations.

The text accepts '31.12.2025', '12/31/25' and 30 February. Sorting and comparing follow the letters, and each query has
to convert what it reads. A column with a CHECK of its form is not reported. SQLite has no type for dates: text in the
form YYYY-MM-DD is right there, and without a CHECK the finding is minor; a column that the engine's own clock fills by
its default is not reported.

Bad:

```sql
CREATE TABLE members (id bigint PRIMARY KEY, birth_date varchar(10), created_at text NOT NULL);
```

Good:

```sql
CREATE TABLE members (
  id bigint PRIMARY KEY, birth_date date, created_at timestamptz NOT NULL,
  joined_on text CHECK (joined_on ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'), date_format varchar(20), based_on text
);
```
"""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from langgraph_dba.database.ddl.type_mapping import type_check
from langgraph_dba.database.engines import Traits, traits_of
from langgraph_dba.database.model.schema import Choice, Column, ColumnType, Condition, Filled, Schema, Table, TypeName
from langgraph_dba.database.reflection.expression_form import DIALECTS, is_octets
from langgraph_dba.database.rules.kit.changes import change_column
from langgraph_dba.database.rules.kit.date_names import date_in_text
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_UNREAD_INPUT = frozenset({"import", "imports", "landing", "raw", "staging", "stage", "stg", "temp", "tmp"})
# what a condition may do with a text without saying anything about its form
_OF_ANY_FORM = (exp.Length, exp.Trim, exp.Lower, exp.Upper, exp.Coalesce, exp.Cast, exp.Connector, exp.Nullif)


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield text columns with the name of a date or moment and without a check of their form."""
    traits = traits_of(schema.engine) if schema.engine else None
    if not _UNREAD_INPUT.isdisjoint(tokens(table.name)):
        return
    for column in table.columns:
        type_ = date_in_text(column)
        if type_ and _is_free(table, column, schema) and not _is_form_of_clock(column, traits):
            yield _finding(table, column, type_, traits)


def _finding(table: Table, column: Column, type_: TypeName, traits: Traits | None) -> Finding:
    name = column.name
    message = f"{name} holds {'a moment' if type_ == 'instant' else f'a {type_}'} as text: any text is accepted"
    if traits and not traits.native_temporal:
        form = type_check(ColumnType(name=type_), column.sql_name, traits)
        instead = f"CHECK the form that is written, such as CHECK ({form})"
        return Finding.in_schema(__name__, "minor", table.name, message, instead, column=name)
    kind = {"date": "date", "instant": "timestamptz"}[type_]
    if traits and not traits.zoned_instants and type_ == "instant":
        kind = "datetime"
    instead = f"change its type to {kind}, or CHECK its form"
    return Finding.in_schema(
        __name__, SEVERITY, table.name, f"{message}, and sorted by its letters", instead, column=name
    )


def _is_free(table: Table, column: Column, schema: Schema) -> bool:
    """Return whether a column accepts any text: no check of its form, and no foreign key to a list of values."""
    if any(column.name in key.columns for key in table.foreign_keys):
        return False
    dialect = traits_of(schema.engine).dialect if schema.engine else ""
    return not any(
        isinstance(one, Choice) or (isinstance(one, Condition) and _restricts_form(one.sql, column, dialect))
        for one in table.checks
        if column.name in one.columns
    )


def _restricts_form(condition: str, column: Column, dialect: str) -> bool:
    """Return whether a condition gives the column to a pattern, a list or a function, not only to its length."""
    try:
        tree = sqlglot.parse_one(condition, dialect=DIALECTS.get(dialect, dialect), into=exp.Condition)
    except SqlglotError:
        return True  # of a kind that is not understood
    uses = [one for one in tree.find_all(exp.Column) if one.name.lower() == column.sql_name.lower()]
    return any(_is_formed(use) for use in uses)


def _is_formed(use: exp.Expr) -> bool:
    node = use.parent
    while node is not None and not isinstance(node, exp.Connector):
        is_date = isinstance(node, exp.Cast) and not node.to.is_type(*exp.DataType.TEXT_TYPES)
        is_pattern = isinstance(node, exp.Like | exp.ILike | exp.SimilarTo | exp.Glob | exp.In | exp.Between)
        is_function = isinstance(node, exp.Func) and not (isinstance(node, _OF_ANY_FORM) or is_octets(node))
        if is_date or is_pattern or is_function or node.key.startswith("regexp"):
            return True
        node = node.parent
    return False


def _is_form_of_clock(column: Column, traits: Traits | None) -> bool:
    return bool(traits and not traits.native_temporal and column.default == "now")


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Change the type to a date or an instant, unless checks or other tables use the column as a text."""
    table, name = schema.table(location.table), location.column
    used = any(isinstance(one, Condition) and name in one.columns for one in table.checks)
    referenced = any(key.target == table.name and name in key.target_columns for _, key in schema.foreign_keys())
    type_ = date_in_text(table.column(name))
    if used or referenced or type_ is None:
        return schema
    # a date is never blank: the check would compare it with a text
    kept = tuple(one for one in table.checks if not (isinstance(one, Filled) and one.column == name))
    return change_column(schema.replace(table.with_(checks=kept)), table.name, name, type=ColumnType(name=type_))
