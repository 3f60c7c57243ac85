"""A list in one text column cannot be indexed, counted or validated by value.

A search for 'red' in 'red,green' reads every row, the engine accepts unknown values, and a value that contains the
delimiter corrupts the list.

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
from langgraph_dba.database.rules.kit.splitting import is_movable, move_to_rows
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.database.rules.kit.vocabulary import tokens
from langgraph_dba.findings import Finding, SchemaLocation, Severity

SEVERITY: Severity = "major"
_ENDINGS = frozenset({"ids", "csv", "tags", "keywords", "hashtags"})
# Only in texts of limited length: in an unlimited one `ingredients` or `allergies` may be prose.
_PLURALS = frozenset(
    {
        "addresses", "allergies", "amenities", "attendees", "authors", "categories", "codes", "colors", "colours",
        "emails", "genres", "guests", "ingredients", "interests", "items", "labels", "languages", "members", "names",
        "numbers", "participants", "permissions", "phones", "photos", "recipients", "roles", "sizes", "skills", "skus",
        "students", "topics", "urls", "users",
    }
)  # fmt: skip
_ONE_THING = frozenset(
    {"wait", "waiting", "price", "mailing", "check", "wish"}
)  # `price_list` and `mailing_list` name one thing
_LONGEST_VALUE = 200
_FLAG = 3  # characters: `show_list` is 'on' or 'off'


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield text columns whose name means a list of values."""
    for column in table.columns:
        if _is_list(column, table):
            value = _value(column.name)
            message = f"{column.name} packs several values into one text: they cannot be searched or validated"
            instead = f"store each {value.replace('_', ' ')} as a row of a separate table"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _is_list(column: Column, table: Table) -> bool:
    words = tokens(column.name)
    if 0 < (column.type.length or 0) <= _FLAG:
        return False
    if column.type.name not in ("string", "text") or any(set(key) == {column.name} for key in table.keys):
        return False
    if words[-1] == "list":
        return len(words) > 1 and words[-2] not in _ONE_THING
    return words[-1] in _ENDINGS or (column.type.name == "string" and words[-1] in _PLURALS)


def _value(name: str) -> str:
    stem = name.removesuffix("_list").removesuffix("_csv")
    singular = singular_of(stem)
    # a name without a singular form (`tags_csv` has one, `news` has not) does not name one value
    return singular if plural_of(singular) != singular else "value"


def fix(schema: Schema, location: SchemaLocation) -> Schema:
    """Move the values to a separate table; leave a list of ids, whose name does not state the referenced table."""
    table, name = schema.table(location.table), location.column
    if tokens(name)[-1] == "ids" or not is_movable(schema, table, [name]):
        return schema
    old = table.column(name)
    length = min(old.type.length or _LONGEST_VALUE, _LONGEST_VALUE)
    value = Column(name=_value(name), type=ColumnType(name="string", length=length), personal=old.personal)
    return move_to_rows(schema, table, [name], value)
