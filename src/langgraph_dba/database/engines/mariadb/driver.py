"""PyMySQL's connection to a MariaDB (or MySQL) server: address, session settings, and a fix for a socket leak."""

import datetime as dt
import json
import select
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CR, FIELD_TYPE
from pymysql.converters import conversions
from pymysql.err import OperationalError

from langgraph_dba.database.engines.live.short_wait import stay_awake
from langgraph_dba.database.engines.mariadb.error_mapping import refusal
from langgraph_dba.errors import EngineFailed

STATEMENT_LIMIT_S = 120.0
_GRACE_S = 30.0  # how long a server may take to answer after KILL QUERY
_DAY = dt.timedelta(days=1)
_MIDNIGHT = dt.datetime(2000, 1, 1)  # noqa: DTZ001  a time of day has no zone
# A server named by URL may have other defaults.
_SESSION = "SET SESSION sql_mode = '{mode}', time_zone = '+00:00'"

if TYPE_CHECKING:
    _Connection = Connection[Any]
else:  # the class itself takes no parameter
    _Connection = Connection


class DriverConnection(_Connection):
    """PyMySQL's connection, which also closes its Unix socket if connecting fails, and counts received bytes."""

    received_bytes = 0
    _answer: "select.poll | None" = None

    # PyMySQL 1.1 to 2.2.8 (`Connection.connect`) leaves that socket to the garbage collector, which emits a
    # ResourceWarning at an unrelated place.

    def connect(self, sock: Any = None) -> None:
        """Connect; a Unix socket is opened here instead of by PyMySQL."""
        if sock is None and self.unix_socket:
            sock = self._open_socket(str(self.unix_socket))
            self._secure, self.host_info = True, "Localhost via UNIX socket"
        super().connect(sock)
        self._answer = select.poll()
        self._answer.register(self._sock, select.POLLIN)  # type: ignore[attr-defined]

    def wait_without_limit(self) -> None:
        """Take back `read_timeout`, without which connecting has no limit."""
        self._read_timeout = None

    def _execute_command(self, command: int, sql: str | bytes) -> None:
        super()._execute_command(command, sql)  # type: ignore[misc]  # its type stub lacks it
        if self._answer:
            stay_awake(self._answer)

    def _read_bytes(self, num_bytes: int) -> bytes:
        self.received_bytes += num_bytes
        data: bytes = super()._read_bytes(num_bytes)  # type: ignore[misc]  # its type stub lacks it
        return data

    def _open_socket(self, path: str) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(self.connect_timeout)
            sock.connect(path)
        except OSError as error:
            sock.close()
            raise OperationalError(CR.CR_CONNECTION_ERROR, f"no server answers at {path} ({error})") from None
        return sock


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a server (a Unix socket, or host and port) and the login; `repr` omits the password."""

    user: str
    password: str = field(repr=False)
    database: str | None = None
    socket: str = ""
    host: str = ""
    port: int = 3306

    def options(self) -> dict[str, Any]:
        """Return the keywords for PyMySQL."""
        address = {"unix_socket": self.socket} if self.socket else {"host": self.host, "port": self.port}
        return {"user": self.user, "password": self.password, "database": self.database, **address}


def _time(text: str | bytes) -> dt.time | dt.timedelta:
    """Convert TIME: values within a day to a time, others to a duration."""
    # MariaDB's TIME ranges from -838 to 838 hours, and PyMySQL returns each as a timedelta
    span: dt.timedelta = _driver_time(text)
    return (_MIDNIGHT + span).time() if dt.timedelta(0) <= span < _DAY else span


_driver_time = conversions[FIELD_TYPE.TIME]
_CONVERSIONS = conversions | {FIELD_TYPE.TIME: _time, FIELD_TYPE.JSON: json.loads}


def connect(address: Address, *, sql_mode: str) -> DriverConnection:
    """Open a PyMySQL connection; EngineFailed, without the password in its message, if that fails."""
    try:
        return DriverConnection(
            **address.options(),
            charset="utf8mb4",
            autocommit=True,
            conv=_CONVERSIONS,
            init_command=_SESSION.format(mode=sql_mode),
            read_timeout=STATEMENT_LIMIT_S + _GRACE_S,
            ssl_disabled=bool(address.socket) or None,
        )
    except pymysql.MySQLError as error:
        raise EngineFailed(f"the server refused the connection of {address.user}: {refusal(error, '')}") from None
