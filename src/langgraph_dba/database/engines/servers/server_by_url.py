"""A server that somebody gave by URL: scratch databases are made on it under unmistakable names, and nothing else.

Every name says which process of which machine made it. What a process made it drops at its end; what a killed one left
is dropped by the next one that uses the same server.
"""

import atexit
import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from langgraph_dba.database.engines.servers.process_identity import Owner, machine
from langgraph_dba.errors import EngineError

MARK = "dba_scratch"
_NUMBERS = itertools.count(1)  # two engines of one process keep apart


def redacted(url: str) -> str:
    """Return a URL without its password and its options."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    place = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.scheme}://{user}{place}{parts.path}"


class GivenServer(ABC):
    """What is ours on somebody's server; `prefix` begins the name of all that this process makes there."""

    alive = True  # whether it is, the next statement shows

    def __init__(self, url: str) -> None:
        """Reap what killed processes of this machine left there."""
        self.origin = redacted(url)
        self.prefix = f"{MARK}_{machine()}_{Owner.this()}_{next(_NUMBERS)}"
        self._drop_all(left_behind)
        atexit.register(self.stop)

    @abstractmethod
    def _names(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return the names of the databases and of the logins that begin with our mark."""

    @abstractmethod
    def _drop(self, databases: Sequence[str], logins: Sequence[str]) -> None:
        """Drop these."""

    def stop(self) -> None:
        """Drop what this process made; may be called twice."""
        atexit.unregister(self.stop)
        with suppress(EngineError):  # the server is gone: the next one that uses it reaps
            self._drop_all(lambda names: [name for name in names if name.startswith(f"{self.prefix}_")])

    def _drop_all(self, which: Callable[[Iterable[str]], list[str]]) -> None:
        databases, logins = self._names()
        self._drop(which(databases), which(logins))


def left_behind(names: Iterable[str]) -> list[str]:
    """Return the names that a process of this machine gave which no longer runs."""
    made = re.compile(rf"{MARK}_{machine()}_(\d+_[0-9a-f]+)_\w+")
    found = ((name, made.fullmatch(name)) for name in names)
    owners = ((name, Owner.parse(match.group(1))) for name, match in found if match)
    return [name for name, owner in owners if owner and not owner.lives]
