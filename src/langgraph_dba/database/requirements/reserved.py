"""Words that cannot name a table or a column without quotes.

Taken from the engines themselves: what PostgreSQL's `pg_get_keywords()` reports as reserved, and what SQLite refuses
when asked to make a table of that name. The system columns of PostgreSQL are refused as columns too.
"""

from langgraph_dba.database.requirements.word_lists import words


def is_reserved(name: str) -> bool:
    """Whether an engine refuses the name, unquoted, for a table or a column."""
    refused = words("reserved_by_postgresql") | words("reserved_by_sqlite") | words("system_columns")
    return name in refused or name.startswith("sqlite_")


def is_confusing(name: str) -> bool:
    """Whether the name is reserved, or reads as a type or a function elsewhere: `date`, `time`, `value`."""
    return is_reserved(name) or name in words("confusing")
