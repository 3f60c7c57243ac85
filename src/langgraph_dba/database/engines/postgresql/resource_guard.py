"""Keep what one scratch database's SQL does from the others of its server: roles are put right, gluttons are ended."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from langgraph_dba.database.engines.servers.watchdog import Bounds, Kind, Watchdog, Watched, family, private_bytes
from langgraph_dba.errors import EngineError

# A role may change its own password and settings, and nothing forbids it that: they are put back before it logs in.
_ROLES = """
SELECT r.rolname, r.rolpassword, ARRAY(
  SELECT coalesce(d.datname, '') FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
  WHERE s.setrole = r.oid)
FROM pg_authid r WHERE r.rolname = ANY (:roles)
"""
_OLDEST = """
SELECT pid FROM pg_stat_activity
WHERE state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY (SELECT rolsuper FROM pg_roles WHERE oid = usesysid), xact_start LIMIT 1
"""


class PostgresGuard:
    """One for each server of our own; `connect` opens a superuser's connection to it."""

    def __init__(self, server: Watched, bounds: Bounds, connect: Callable[[], Any]) -> None:
        """Start to watch."""
        self._server, self._connect = server, connect
        self._passwords: dict[str, str] = {}
        self._lock = threading.Lock()
        self._link: Any = None
        self.watchdog = Watchdog(server, bounds, self._glutton)

    def remember(self, role: str) -> None:
        """Take a role's password, as it is now, for the right one."""
        with self._lock:
            for name, password, _ in self._asked(_ROLES, {"roles": [role]}):
                self._passwords[str(name)] = str(password)

    def put_right(self) -> None:
        """Give every role that was changed by itself its password back, and take its settings away."""
        with self._lock:
            for name, password, databases in self._asked(_ROLES, {"roles": list(self._passwords)}):
                if password != self._passwords[name]:
                    self._link.run(f"ALTER ROLE {name} PASSWORD '{self._passwords[name]}'")
                for database in databases:
                    within = f' IN DATABASE "{database}"' if database else ""
                    self._link.run(f"ALTER ROLE {name}{within} RESET ALL")

    def close(self) -> None:
        """Watch no longer."""
        self.watchdog.stop()
        self._hang_up()

    def _asked(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            self._link = self._link or self._connect()
            return list(self._link.run(sql, params).rows)
        except EngineError:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = None

    def _glutton(self, kind: Kind) -> tuple[int, Callable[[], None]] | None:
        """Find the backend that holds most memory, or else the one whose transaction is oldest."""
        if kind == "memory":
            pid = max(family(self._server.pid)[1:], key=private_bytes, default=None)
        else:
            with closing(self._connect()) as link:
                pid = link.run(_OLDEST).scalar
        return None if pid is None else (pid, lambda: _terminate(pid))


def _terminate(pid: int) -> None:
    with suppress(OSError):  # it has ended by itself
        os.kill(pid, signal.SIGTERM)
