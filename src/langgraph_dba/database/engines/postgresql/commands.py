"""Send commands to PostgreSQL through libpq: for a short statement psycopg's cursors take longer than the server."""

import select
from collections.abc import Callable, Iterator, Sequence

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from langgraph_dba.database.engines.live.short_wait import readable


class Commands:
    """The commands of one connection; psycopg.Error if the server refuses one."""

    def __init__(self, link: psycopg.Connection[tuple[object, ...]]) -> None:
        """Use an open connection that runs no other command."""
        self._connection, self.encoding = link.pgconn, link.info.encoding
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(link.pgconn.socket, select.POLLIN)
        self._writable.register(link.pgconn.socket, select.POLLIN | select.POLLOUT)

    def run_several(self, sql: str) -> Sequence[PGresult]:
        """Run statements of this project that are sent as one message, and return their results."""
        self._connection.send_query(sql.encode(self.encoding))
        self._flush()
        return list(self.results())

    def run(self, sql: str) -> None:
        """Run one statement: the server refuses a message of this kind that has more than one."""
        self.send(sql)
        for _ in self.results():
            pass

    def send(self, sql: str, *, single_rows: bool = False) -> None:
        """Send one statement; `single_rows` makes each row a result of its own."""
        self._connection.send_query_params(sql.encode(self.encoding), None)
        self._flush()
        if single_rows:
            self._connection.set_single_row_mode()

    def results(self, before_input: Callable[[], object] | None = None) -> Iterator[PGresult]:
        """Yield each result of what was sent as it arrives; `before_input` is called whenever more is waited for."""
        connection = self._connection
        while True:
            while connection.is_busy():
                if before_input:
                    before_input()
                readable(self._readable)
                connection.consume_input()
            result = connection.get_result()
            if result is None:
                return
            if result.status == ExecStatus.FATAL_ERROR:
                while connection.get_result() is not None:
                    pass
                raise error_from_result(result, encoding=self.encoding)
            yield result

    def _flush(self) -> None:
        while self._connection.flush():
            for _, event in self._writable.poll():
                if event & select.POLLIN:
                    self._connection.consume_input()
