"""Connections of the superuser to the database `postgres` of a server, kept for the next use if it is a private one.

Opening one costs the server and the client more than what most of them do: create or drop one database.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from langgraph_dba.cancellation import at_end, not_at_end
from langgraph_dba.database.engines.postgresql.connection import PostgresConnection
from langgraph_dba.errors import EngineError


class SuperuserLinks:
    """Idle connections: as many as were used at one time."""

    def __init__(self, connect: Callable[[], PostgresConnection], *, kept: bool) -> None:
        """Open no connection yet; without `kept` each is closed after its use."""
        self._connect = connect
        self._idle: deque[PostgresConnection] = deque()
        self._is_closed = not kept
        at_end(self.close)

    @contextmanager
    def link(self) -> Iterator[PostgresConnection]:
        """Lend a connection; one that was used while an error was raised is closed."""
        connection = self._usable()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self._is_closed:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close the idle connections, and the lent ones when they return."""
        self._is_closed = True
        not_at_end(self.close)
        while self._idle:
            self._idle.pop().close()

    def _usable(self) -> PostgresConnection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            try:
                connection.run("SELECT 1")
            except EngineError:  # the guard may have terminated it
                connection.close()
            except BaseException:  # the run was cancelled
                connection.close()
                raise
            else:
                return connection
        return self._connect()
