"""A SECURITY DEFINER function without a fixed search path can be made to call the functions of its caller.

It runs with its owner's privileges, but finds names by the search path of the caller, who can put a schema with tables
or functions of the same names in front.

Bad:

```sql
CREATE TABLE accounts (id bigint PRIMARY KEY);
CREATE FUNCTION close_account(account bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
  AS $$ DELETE FROM accounts WHERE id = account $$;
```

Good:

```sql
CREATE TABLE accounts (id bigint PRIMARY KEY);
CREATE FUNCTION close_account(account bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$ DELETE FROM accounts WHERE id = account $$;
```
"""

import re
from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema
from langgraph_dba.findings import Finding, Severity

SEVERITY: Severity = "major"
fix = None  # the schemas that the body needs are known only to the owner
# A body without quotes (BEGIN ATOMIC) was resolved when the function was created, and C code has no names to resolve.
_HEADER = re.compile(r"(.*?)^\s*AS \$", re.DOTALL | re.MULTILINE)
_DEFINER = re.compile(r"\bSECURITY DEFINER\b")
_SEARCH_PATH = re.compile(r"^\s*SET search_path\b", re.MULTILINE | re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    """Yield routines with the privileges of their owner and the search path of their caller."""
    for routine in schema.routines:
        header = _HEADER.match(routine.definition)
        if header and _DEFINER.search(header[1]) and not _SEARCH_PATH.search(header[1]):
            message = f"{routine.name} runs with its owner's privileges and its caller's search path"
            instead = f"ALTER ROUTINE {routine.name} SET search_path = public, pg_temp"
            yield Finding.in_schema(__name__, SEVERITY, "", message, instead, constraint=routine.name)
