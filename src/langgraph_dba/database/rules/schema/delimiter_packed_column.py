"""A list in one text column cannot be searched, counted or kept right.

'red,green' finds 'red' only by reading every row, an unknown value passes, and a value that holds the delimiter breaks
the rest.

Bad:

```sql
CREATE TABLE articles (id bigint PRIMARY KEY, title text NOT NULL, tags text);
```

Good:

```sql
CREATE TABLE articles (id bigint PRIMARY KEY, title text NOT NULL, notes text);
CREATE TABLE article_tags (article_id bigint REFERENCES articles, tag text, PRIMARY KEY (article_id, tag));
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Column, ColumnType, Schema, Table
from langgraph_dba.database.requirements.plural import plural_of, singular_of
from langgraph_dba.database.rules.kit.splitting import is_movable, moved_to_rows
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_ENDINGS = frozenset({"ids", "csv", "tags", "keywords", "hashtags"})
# In a short text these are lists; in a long one `ingredients` may be prose.
_PLURALS = frozenset(
    {
        "addresses", "allergies", "amenities", "attendees", "authors", "categories", "codes", "colors", "colours",
        "emails", "genres", "guests", "ingredients", "interests", "items", "labels", "languages", "members", "names",
        "numbers", "participants", "permissions", "phones", "photos", "recipients", "roles", "sizes", "skills", "skus",
        "students", "topics", "urls", "users",
    }
)  # fmt: skip
_ONE_THING = frozenset({"wait", "waiting", "price", "mailing", "check", "wish"})  # a `price_list` is named, not listed
_LONGEST_VALUE = 200


def check(schema: Schema) -> Iterator[Finding]:
    """Yield texts whose name says that several values are packed into them."""
    for table in schema.tables:
        for column in table.columns:
            if _is_list(column, table):
                value = _value(column.name)
                message = f"{column.name} packs several values into one text: none of them can be searched or checked"
                instead = f"keep them as rows of a table of their own, one {value.replace('_', ' ')} each"
                yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _is_list(column: Column, table: Table) -> bool:
    words = tokens(column.name)
    if column.type.name not in ("string", "text") or any(set(key) == {column.name} for key in table.keys):
        return False
    if words[-1] == "list":
        return len(words) > 1 and words[-2] not in _ONE_THING
    return words[-1] in _ENDINGS or (column.type.name == "string" and words[-1] in _PLURALS)


def _value(name: str) -> str:
    stem = name.removesuffix("_list").removesuffix("_csv")
    singular = singular_of(stem)
    return singular if plural_of(singular) != singular else "value"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Give the values a table of their own; a list of ids is left to whoever knows what they point at."""
    table, name = schema.table(location.table), location.column
    if tokens(name)[-1] == "ids" or not is_movable(schema, table, [name]):
        return schema
    old = table.column(name)
    length = min(old.type.length or _LONGEST_VALUE, _LONGEST_VALUE)
    value = Column(name=_value(name), type=ColumnType(name="string", length=length), personal=old.personal)
    return moved_to_rows(schema, table, [name], value)
