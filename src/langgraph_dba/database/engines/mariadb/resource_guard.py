"""Terminate the MariaDB connection with the longest-running statement if the server exceeds a limit."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from langgraph_dba.database.engines.servers.watchdog import Bounds, Kind, Watchdog, WatchedServer

# All connections are threads of one process, which does not report memory by connection. Scratch logins come first.
_OLDEST = """
SELECT id FROM information_schema.processlist
WHERE id <> CONNECTION_ID() AND command NOT IN ('Sleep', 'Daemon')
ORDER BY user = 'root', time_ms DESC LIMIT 1
"""


def guard(server: WatchedServer, bounds: Bounds, connect: Callable[[], Any]) -> Watchdog:
    """Start a watchdog for a private server; `connect` opens a superuser's connection to it."""

    def heaviest_backend(kind: Kind) -> tuple[int, Callable[[], None]] | None:
        del kind
        with closing(connect()) as link:
            connection = link.run(_OLDEST).scalar
        return None if connection is None else (int(connection), lambda: kill(int(connection)))

    def kill(number: int) -> None:
        with closing(connect()) as link:
            link.run(f"KILL {number}")

    return Watchdog(server, bounds, heaviest_backend)
