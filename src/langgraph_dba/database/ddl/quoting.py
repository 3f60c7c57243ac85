"""Names as an engine takes them in a statement."""

from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect


@cache
def dialect_of(name: str) -> sa.Dialect:
    """Return a dialect for text that no driver sees: where parameters are marked by `%`, every `%` is doubled."""
    kind: type[DefaultDialect] = sa.make_url(f"{name}://").get_dialect()  # type: ignore[assignment]
    return kind(paramstyle="named")


def quoted(name: str, dialect: str) -> str:
    """Return a name of the engine with quotes, where it needs them."""
    return str(dialect_of(dialect).identifier_preparer.quote(name))
