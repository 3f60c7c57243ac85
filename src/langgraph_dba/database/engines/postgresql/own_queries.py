"""Our queries over PostgreSQL's catalogue, with the schema of each function that they call.

A function of the database with a better match of the arguments, such as `public.quote_ident(name)`, would be called
instead of PostgreSQL's: the search path decides only between equal arguments.
"""

import re
from collections.abc import Mapping
from functools import cache

from langgraph_dba.database.engines.records import sections

# functions are written in small letters, keywords in capitals; a name of one letter is an alias with columns
_CALL = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w.])(?!(?:coalesce|nullif|greatest|least)\()(?P<name>[a-z_][a-z0-9_]+)\("""
)


@cache
def own_queries(package: str, file: str) -> Mapping[str, str]:
    """Return the query for each kind of record from a `.sql` file of a package."""
    return {kind: qualified(query) for kind, query in sections(package, file).items()}


def qualified(query: str) -> str:
    """Return a query with `pg_catalog.` before each function that has no schema."""
    return _CALL.sub(lambda call: f"pg_catalog.{call[0]}" if call["name"] else call[0], query)
