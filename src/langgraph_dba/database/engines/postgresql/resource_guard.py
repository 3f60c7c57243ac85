"""Isolate the scratch databases of one server: restore changed roles, terminate the heaviest backend."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from langgraph_dba.database.engines.servers.watchdog import Bounds, Kind, Watchdog, WatchedServer, family, private_bytes

# PostgreSQL lets a role change its own password and settings: both are restored before the role logs in again.
_ROLES = """
SELECT r.rolname, r.rolpassword, ARRAY(
  SELECT coalesce(d.datname, '') FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
  WHERE s.setrole = r.oid)
FROM pg_authid r WHERE r.rolname = ANY (:roles)
"""
# Superusers last: they are connections of the engine itself.
_OLDEST = """
SELECT pid FROM pg_stat_activity
WHERE state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY (SELECT rolsuper FROM pg_roles WHERE oid = usesysid), xact_start LIMIT 1
"""


class PostgresGuard:
    """The guard of one private server; `link` lends a superuser's connection to it."""

    def __init__(self, server: WatchedServer, bounds: Bounds, link: Callable[[], AbstractContextManager[Any]]) -> None:
        """Start the watchdog."""
        self._server, self._link = server, link
        self._passwords: dict[str, str] = {}
        self._lock = threading.Lock()
        self.watchdog = Watchdog(server, bounds, self._heaviest_backend)

    def remember(self, role: str) -> None:
        """Store the current password of a role."""
        with self._lock, self._link() as link:
            for name, password, _ in link.run(_ROLES, {"roles": [role]}).rows:
                self._passwords[str(name)] = str(password)

    def restore_roles(self) -> None:
        """Reset the password and the settings of each role that changed them."""
        with self._lock, self._link() as link:
            for name, password, databases in link.run(_ROLES, {"roles": list(self._passwords)}).rows:
                if password != self._passwords[name]:
                    link.run(f"ALTER ROLE {name} PASSWORD '{self._passwords[name]}'")
                for database in databases:
                    within = f' IN DATABASE "{database}"' if database else ""
                    link.run(f"ALTER ROLE {name}{within} RESET ALL")

    def close(self) -> None:
        """Stop the watchdog."""
        self.watchdog.stop()

    def _heaviest_backend(self, kind: Kind) -> tuple[int, Callable[[], None]] | None:
        """Return the backend with most memory; for other resources the one with the oldest transaction."""
        if kind == "memory":
            # without the first process, the postmaster: terminating it would stop the server
            pid = max(family(self._server.pid)[1:], key=private_bytes, default=None)
        else:
            with self._link() as link:
                pid = link.run(_OLDEST).scalar
        return None if pid is None else (pid, lambda: _terminate(pid))


def _terminate(pid: int) -> None:
    with suppress(OSError):  # it has already ended
        os.kill(pid, signal.SIGTERM)  # as pg_terminate_backend does, without a connection
