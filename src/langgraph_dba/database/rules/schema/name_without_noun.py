"""A table or column with the name of a numeral, a preposition or a participle does not say what its rows or values are.

Such names come from words that were taken for nouns: `two events`, `longer than`. A participle is a name for a column
that says whether or when something happened, not for a text, and not for a table.

Bad:

```sql
CREATE TABLE two_events (id bigint PRIMARY KEY, than text, approved text);
```

Good:

```sql
CREATE TABLE events (
  id bigint PRIMARY KEY, approved boolean NOT NULL, cancelled date, two_factor_code text, approved_by text
);
CREATE TABLE likes (id bigint PRIMARY KEY);
```
"""

from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema, Table
from langgraph_dba.database.requirements.plural import singular_of
from langgraph_dba.database.requirements.word_lists import words
from langgraph_dba.database.rules.kit.table_check import each_table
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "minor"
fix = None  # a new name would break every statement that uses the old one
_LISTS = ("numerals", "prepositions", "conjunctions", "pronouns")
_NOUNS_TOO = frozenset({"like", "past", "plus", "inside", "outside", "it", "half", "dozen", "down", "near", "minus"})
_ALSO = frozenset({"than", "each", "every", "these", "those", "such"})
_TEXTS = frozenset({"string", "text", "char"})
_PARTICIPLE = "is a participle"


@each_table
def check(table: Table, _: Schema) -> Iterator[Finding]:
    """Yield tables and columns whose names are no nouns."""
    singular = singular_of(table.name)
    number, _underscore, rest = table.name.partition("_")
    if number in words("numerals") - _NOUNS_TOO and rest and "_" not in rest:
        message = f"{table.name} begins with a numeral: a table has any number of rows"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, f"call it {rest}")
    elif kind := _kind(singular) or (_PARTICIPLE if _is_participle(table.name) else ""):
        message = f"{table.name} {kind}: it does not say what a row is"
        yield Finding.in_schema(__name__, SEVERITY, table.name, message, "use the noun for one row, in the plural")
    for column in table.columns:
        text = column.type.name in _TEXTS
        if kind := _kind(column.name) or (_PARTICIPLE if text and _is_participle(column.name) else ""):
            message = f"{column.name} {kind}: it does not say what the value is"
            instead = f"name the value, such as {column.name}_{'by' if kind == _PARTICIPLE else 'date'}"
            yield Finding.in_schema(__name__, SEVERITY, table.name, message, instead, column=column.name)


def _kind(name: str) -> str:
    """Return what part of speech a name is that is no noun; empty if it may be one."""
    if name in _NOUNS_TOO:
        return ""
    if name in _ALSO:
        return "is no noun"
    found = next((kind for kind in _LISTS if name in words(kind)), "")
    return f"is a {found.removesuffix('s')}" if found else ""


def _is_participle(name: str) -> bool:
    """Return whether a name is a verb in its regular participle: `approved`, `cancelled`."""
    stems = (name.removesuffix("ed"), name.removesuffix("d"), name[:-3], f"{name[:-3]}y" if name[-3:] == "ied" else "")
    return name.endswith("ed") and any(stem in words("sentence_verbs") for stem in stems if stem)
