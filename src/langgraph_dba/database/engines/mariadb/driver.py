"""The driver's connection to a MariaDB (or MySQL) server: the address, the session's settings, and one fixed leak."""

import datetime as dt
import json
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CR, FIELD_TYPE
from pymysql.converters import conversions
from pymysql.err import OperationalError

from langgraph_dba.database.engines.mariadb.errors import refusal
from langgraph_dba.errors import EngineFailed

STATEMENT_LIMIT_S = 120.0
_GRACE_S = 30.0  # after which a server that does not even answer KILL QUERY is given up
_DAY = dt.timedelta(days=1)
_MIDNIGHT = dt.datetime(2000, 1, 1)  # noqa: DTZ001  a time of day has no zone
# The parts of an isolated session, whatever the server's own defaults are.
_SESSION = "SET SESSION sql_mode = '{mode}', time_zone = '+00:00'"

if TYPE_CHECKING:
    _Connection = Connection[Any]
else:  # the class itself takes no parameter
    _Connection = Connection


class Link(_Connection):
    """The driver's connection, which closes a Unix socket that was refused.

    PyMySQL (1.1 to 2.2.8, `Connection.connect`) leaves it to the garbage collector, which warns of it wherever it runs.
    """

    def connect(self, sock: Any = None) -> None:
        """Connect, by a Unix socket of our own where one is named."""
        if sock is None and self.unix_socket:
            sock = self._opened(str(self.unix_socket))
            self._secure, self.host_info = True, "Localhost via UNIX socket"
        super().connect(sock)

    def _opened(self, path: str) -> socket.socket:
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            found.settimeout(self.connect_timeout)
            found.connect(path)
        except OSError as error:
            found.close()
            raise OperationalError(CR.CR_CONNECTION_ERROR, f"no server answers at {path} ({error})") from None
        return found


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens (a Unix socket, or host and port) and who logs in; the password is never shown."""

    user: str
    password: str = field(repr=False)
    database: str | None = None
    socket: str = ""
    host: str = ""
    port: int = 3306

    def options(self) -> dict[str, Any]:
        """Return the driver's keywords."""
        place = {"unix_socket": self.socket} if self.socket else {"host": self.host, "port": self.port}
        return {"user": self.user, "password": self.password, "database": self.database, **place}


def _time(text: str | bytes) -> dt.time | dt.timedelta:
    """A TIME within a day is a time of day; beyond it, a duration."""
    span: dt.timedelta = _driver_time(text)
    return (_MIDNIGHT + span).time() if dt.timedelta(0) <= span < _DAY else span


_driver_time = conversions[FIELD_TYPE.TIME]
_CONVERSIONS = conversions | {FIELD_TYPE.TIME: _time, FIELD_TYPE.JSON: json.loads}


def connect(address: Address, *, sql_mode: str) -> Link:
    """Open the driver's own connection; EngineFailed, without the password, if the server does not let it in."""
    try:
        return Link(
            **address.options(),
            charset="utf8mb4",
            autocommit=True,
            conv=_CONVERSIONS,
            init_command=_SESSION.format(mode=sql_mode),
            read_timeout=STATEMENT_LIMIT_S + _GRACE_S,
            ssl_disabled=bool(address.socket) or None,
        )
    except pymysql.MySQLError as error:
        raise EngineFailed(f"the server does not let {address.user} in: {refusal(error, '')}") from None
