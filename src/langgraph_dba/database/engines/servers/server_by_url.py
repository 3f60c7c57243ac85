"""Scratch databases on a server that the user names by URL; nothing else on it is changed.

The name of each database and login contains the machine and the process that created it. A process drops its own at
its end; those of a killed process are dropped by the next one that uses the same server.
"""

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from langgraph_dba.cancellation import at_end, not_at_end
from langgraph_dba.database.engines.servers.process_identity import ProcessIdentity, machine
from langgraph_dba.errors import EngineError

MARK = "dba_scratch"
_NUMBERS = itertools.count(1)  # several engine objects of one process need different names


def without_credentials(url: str) -> str:
    """Return a URL without its password and its query, which may hold a password too."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.scheme}://{user}{host}{parts.path}"


class ServerByUrl(ABC):
    """The scratch databases and logins of this process on a user's server; their names begin with `prefix`."""

    alive = True  # a lost server is noticed by the next statement

    def __init__(self, url: str) -> None:
        """Drop what killed processes of this machine left on the server."""
        self.origin = without_credentials(url)
        self.prefix = f"{MARK}_{machine()}_{ProcessIdentity.current()}_{next(_NUMBERS)}"
        self._drop_all(names_of_ended_processes)
        at_end(self.stop)

    @abstractmethod
    def _names(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return the names of the databases and of the logins that begin with `MARK`."""

    @abstractmethod
    def _drop(self, databases: Sequence[str], logins: Sequence[str]) -> None:
        """Drop databases and logins."""

    def stop(self) -> None:
        """Drop the databases and logins of this process; may be called twice."""
        not_at_end(self.stop)
        with suppress(EngineError):  # without connection: the next process that uses the server drops them
            self._drop_all(lambda names: [name for name in names if name.startswith(f"{self.prefix}_")])

    def _drop_all(self, which: Callable[[Iterable[str]], list[str]]) -> None:
        databases, logins = self._names()
        self._drop(which(databases), which(logins))


def names_of_ended_processes(names: Iterable[str]) -> list[str]:
    """Return the names that were created by processes of this machine which no longer run."""
    # whether a process of another machine still runs cannot be checked: its databases stay
    pattern = re.compile(rf"{MARK}_{machine()}_(\d+_[0-9a-f]+)_\w+")
    matches = ((name, pattern.fullmatch(name)) for name in names)
    owners = ((name, ProcessIdentity.parse(match.group(1))) for name, match in matches if match)
    return [name for name, owner in owners if owner and not owner.is_running]
