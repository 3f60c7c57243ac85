"""End the MariaDB connection that takes too much of the machine: the one whose statement has run longest."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from langgraph_dba.database.engines.servers.watchdog import Bounds, Kind, Watchdog, Watched

# One process serves all: whose the memory is, it does not say. Logins made for scratch databases come first.
_OLDEST = """
SELECT id FROM information_schema.processlist
WHERE id <> CONNECTION_ID() AND command NOT IN ('Sleep', 'Daemon')
ORDER BY user = 'root', time_ms DESC LIMIT 1
"""


def guard(server: Watched, bounds: Bounds, connect: Callable[[], Any]) -> Watchdog:
    """Watch over a server of our own; `connect` opens a superuser's connection to it."""

    def glutton(kind: Kind) -> tuple[int, Callable[[], None]] | None:
        del kind
        with closing(connect()) as link:
            found = link.run(_OLDEST).scalar
        return None if found is None else (int(found), lambda: kill(int(found)))

    def kill(number: int) -> None:
        with closing(connect()) as link:
            link.run(f"KILL {number}")

    return Watchdog(server, bounds, glutton)
