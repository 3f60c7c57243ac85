"""Constraints that a database has but does not enforce (NOT ENFORCED, since PostgreSQL 18)."""

import re
from collections.abc import Iterator

from langgraph_dba.database.model.schema import Schema


def not_enforced(schema: Schema, kind: str) -> Iterator[str]:
    """Yield the constraints of a kind, such as `CHECK`, that no row has to satisfy, each with its table."""
    for table in schema.tables:
        for one in table.constraints:
            if re.match(rf"{kind}\b.*\bNOT ENFORCED$", one.sql, re.IGNORECASE | re.DOTALL):
                yield f"{one.name} of {table.name} is NOT ENFORCED"
