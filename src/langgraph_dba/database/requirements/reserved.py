"""Words that cannot be the name of a table or a column without quotes.

The lists are from the engines: the words that PostgreSQL's `pg_get_keywords()` reports as reserved, and those with
which SQLite refuses CREATE TABLE. PostgreSQL also refuses columns with the names of its system columns.
"""

from langgraph_dba.database.requirements.word_lists import words


def is_reserved(name: str) -> bool:
    """Return whether an engine refuses the name, unquoted, for a table or a column."""
    refused = words("reserved_by_postgresql") | words("reserved_by_sqlite") | words("system_columns")
    return name in refused or name.startswith("sqlite_")


def is_confusing(name: str) -> bool:
    """Return whether the name is reserved, or is a type or function in SQL: `date`, `time`, `value`."""
    return is_reserved(name) or name in words("confusing")
