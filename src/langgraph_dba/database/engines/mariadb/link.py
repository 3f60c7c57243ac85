"""The driver's connection, with one mend: a Unix socket that was refused is closed.

PyMySQL (1.1 to 2.2.8, `Connection.connect`) leaves it to the garbage collector, which warns of it wherever it runs.
"""

import socket
from typing import TYPE_CHECKING, Any

from pymysql.connections import Connection
from pymysql.constants import CR
from pymysql.err import OperationalError

if TYPE_CHECKING:
    _Connection = Connection[Any]
else:  # the class itself takes no parameter
    _Connection = Connection


class Link(_Connection):
    """A connection; made with the keywords of `pymysql.connect`."""

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
