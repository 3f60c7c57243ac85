"""SQLAlchemy dialects for text without a driver, and names in quotes."""

from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from langgraph_dba.database.engines import Traits


@cache
def _dialect(name: str) -> sa.Dialect:
    # paramstyle "named": under the drivers' own "format" styles SQLAlchemy doubles every `%` in literals and checks
    kind: type[DefaultDialect] = sa.make_url(f"{name}://").get_dialect()  # type: ignore[assignment]
    return kind(paramstyle="named")


def offline_dialect(traits: Traits) -> sa.Dialect:
    """Return the engine's dialect for SQL that is written to a file instead of sent through a driver."""
    return _dialect(traits.dialect)


def quote_name(name: str, traits: Traits) -> str:
    """Return a name, in quotes if the engine needs them."""
    return str(offline_dialect(traits).identifier_preparer.quote(name))
