"""Refuse a statement on a user's PostgreSQL database if it can reach a function that does more than read."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from langgraph_dba.database.engines.live.reader_protocol import AllowedStatement
from langgraph_dba.database.engines.postgresql.wall.catalogue import Catalogue, token
from langgraph_dba.database.engines.postgresql.wall.judge import Refusal, judge
from langgraph_dba.database.engines.postgresql.wall.statement import names, numbered, refuse

_MOST_VERDICTS = 1_000
# Constant as long as no transaction writes, and then neither does the catalogue change.
NEXT_TRANSACTION = "SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())"

Query = Callable[[str, dict[str, Any]], Sequence[tuple[Any, ...]]]


class Wall:
    """The verdicts about the statements of one connection; the catalogue is read at the first one."""

    def __init__(self, trusted_functions: Collection[str] = ()) -> None:
        """Read nothing yet; `trusted_functions` are names or signatures, such as `public.f` or `public.f(integer)`."""
        self._trusted = frozenset(one.replace(" ", "") for one in trusted_functions)
        self._catalogue: Catalogue | None = None
        self._transaction = self._token = 0
        self._verdicts: dict[str, Refusal | None] = {}

    def knows(self, statement: AllowedStatement, next_transaction: int) -> bool:
        """Return whether `check` has judged this statement on the catalogue of this transaction."""
        return (
            self._catalogue is not None
            and next_transaction == self._transaction
            and numbered(statement) in self._verdicts
        )

    def check(self, statement: AllowedStatement, query: Query, next_transaction: int) -> None:
        """Raise Forbidden if a function in reach is not known to be harmless.

        `query` runs SQL in the statement's transaction, in which NEXT_TRANSACTION returned `next_transaction`.
        """
        catalogue = self._current(query, next_transaction)
        key = numbered(statement)
        if key not in self._verdicts:
            if len(self._verdicts) >= _MOST_VERDICTS:
                self._verdicts.clear()
            self._verdicts[key] = judge(names(statement), catalogue, self._trusted)
        if refusal := self._verdicts[key]:
            refuse(_message(refusal))

    def _current(self, query: Query, next_transaction: int) -> Catalogue:
        """Return the catalogue, read again if it has changed."""
        if self._catalogue is None or next_transaction != self._transaction:
            now = token(query)
            if self._catalogue is None or now != self._token:
                self._catalogue, self._token = Catalogue(query), now
                self._verdicts.clear()
            self._transaction = next_transaction
        self._catalogue.query = query
        return self._catalogue


def _message(refusal: Refusal) -> str:
    if not refusal.path:
        return refusal.reason
    *through, last = refusal.path
    way = f" (reached by {', '.join(through)})" if through else ""
    trust = ""
    if refusal.signature:
        option = f"--trust-function '{refusal.signature}'"
        trust = f'; open_live(…, trusted_functions=["{refusal.signature}"]), on the command line {option}, allows it'
    return f"{last} may not be used{way}: {refusal.reason}{trust}"
