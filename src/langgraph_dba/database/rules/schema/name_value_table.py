"""A table of entity, name and value cannot give its values types, checks or foreign keys.

Each value is a text, whatever it means; a required attribute cannot be enforced, a misspelt name is a new attribute,
and a query over three attributes needs three joins. A table of settings (one row for each key, or each key of a user)
is not reported, nor one of translations.

Bad:

```sql
CREATE TABLE products (id bigint PRIMARY KEY);
CREATE TABLE product_attributes (
  product_id bigint REFERENCES products, name text, value text, PRIMARY KEY (product_id, name)
);
```

Good:

```sql
CREATE TABLE products (id bigint PRIMARY KEY, colour text NOT NULL, weight_kg real, others jsonb);
CREATE TABLE settings (key text PRIMARY KEY, value text NOT NULL);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, Schema, Table
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # the attributes are rows: no schema lists them
_TEXTS = ("string", "text", "char", "json")
_ATTRIBUTES = frozenset({"attr", "attribute", "characteristic", "field", "parameter", "property"})
_NAMES = _ATTRIBUTES | {"key", "name"}
_VALUES = frozenset({"val", "value"})
# The names of these are an open list by nature, or each row is a choice of a list.
_OPEN = frozenset(
    {
        "choice", "config", "configuration", "cookie", "enum", "header", "i18n", "label", "localization", "lookup",
        "option", "preference", "setting", "tag", "translation", "variable",
    }
)  # fmt: skip
_LANGUAGES = frozenset({"lang", "language", "locale"})
_RECORDING = frozenset({"at", "by", "created", "date", "modified", "position", "sort", "order", "time", "updated"})


@each_table
def check(table: Table, schema: Schema) -> Iterator[Finding]:
    """Yield tables whose columns are a reference, the name of an attribute and its value as text."""
    roles = [_role(column, table, schema) for column in table.columns]
    # with any other column the table has facts of its own
    if {"entity", "name", "value"} <= set(roles) and "other" not in roles and not _OPEN.intersection(_words(table)):
        column = table.columns[roles.index("value")].name
        message = f"{table.name} stores attributes as rows: {column} has one type and no checks for all of them"
        instead = "make each known attribute a column with its type, and keep the open ones in one JSON column"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column)


def _words(table: Table) -> frozenset[str]:
    return frozenset(singular_of(word) for word in tokens(table.name))


def _role(column: Column, table: Table, schema: Schema) -> str:
    """Return what a column is in the pattern: entity, name, value, `kept` (number or time of a row), or other."""
    words = tokens(column.name)
    key = next((key for key in table.foreign_keys if column.name in key.columns), None)
    if _LANGUAGES.intersection(words):
        return "other"
    if key:
        named = _ATTRIBUTES.intersection(singular_of(word) for word in tokens(schema.table(key.target).name))
        return "name" if named else "kept" if table.is_tenant_key(key) else "entity"
    if table.primary_key == (column.name,) or column.type.name == "identity":
        return "kept"
    if words[-1] in _VALUES and column.type.name in _TEXTS:
        return "value"
    if words[-1] in _NAMES and column.type.name in _TEXTS:
        return "name"
    if words[-1] == "id" and len(words) > 1:
        return "name" if words[-2] in _ATTRIBUTES else "entity"
    return "kept" if _RECORDING.intersection(words) else "other"
