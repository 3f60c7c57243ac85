"""Watch a server of our own while it runs what others wrote, and end what takes too much of the machine.

A statement can lift the limits of its own session: what it takes is looked at from outside. The connection that takes
most is ended; if that does not help, the server is, and the next one is a new one.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from langgraph_dba.database.engines.servers.private_folder import disk_limit_bytes

_GIB = 1024**3
_TICK_S = 0.2
_PATIENCE_S = 3.0  # how long what was ended may take to let go
_PAGE = os.sysconf("SC_PAGE_SIZE")
Kind = Literal["memory", "disk", "processes"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a server of our own may take of the machine. A statement's time is bounded by its connection."""

    memory_bytes: int = 2 * _GIB  # of all its processes, without what they share
    disk_bytes: int = 6 * _GIB  # by which its folder may grow while one thing runs
    processes: int = 120


class Watched(Protocol):
    """A private server."""

    folder: Path

    @property
    def pid(self) -> int:
        """The process that serves."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        ...

    def stop(self) -> None:
        """End it and remove what it wrote."""
        ...


# Finds the connection that takes most of something: its number, and how to end it. None if nobody can be named.
Finds = Callable[[Kind], tuple[int, Callable[[], None]] | None]


class Watchdog:
    """A thread that looks at a server five times a second; `verdict` tells a connection why it was ended."""

    def __init__(self, server: Watched, bounds: Bounds, finds: Finds) -> None:
        """Start to watch."""
        self._server, self._bounds, self._finds = server, bounds, finds
        self._disk_bytes = disk_limit_bytes(server.folder, bounds.disk_bytes)
        self._verdicts: dict[int, str] = {}
        self._last_word = ""
        self._settled = _size_bytes(server.folder)
        self._free = _free_bytes(server.folder)
        self._stop = threading.Event()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def verdict(self, connection: int) -> str:
        """Return why a connection was ended; nothing if it was not ended from here."""
        return self._verdicts.pop(connection, "") or self._last_word

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()

    def _watch(self) -> None:
        since = 0.0
        while not self._stop.wait(_TICK_S) and self._server.alive:
            over = self._over()
            if over is None:
                since = 0.0
                continue
            kind, message = over
            if since and time.monotonic() - since > _PATIENCE_S:
                self._last_word = message
                self._server.stop()
                return
            since = since or time.monotonic()
            self._end(kind, message)

    def _end(self, kind: Kind, message: str) -> None:
        with suppress(Exception):  # the server may be too far gone to be asked; then it is stopped
            if found := self._finds(kind):
                connection, end = found
                self._verdicts[connection] = message  # first: the connection may learn of its end before we do
                end()
        self._stop.wait(_TICK_S * 2)
        if kind == "disk":
            self._settled = _size_bytes(self._server.folder)  # rows that were undone keep their room

    def _over(self) -> tuple[Kind, str] | None:
        pids = family(self._server.pid)
        used = sum(private_bytes(pid) for pid in pids)
        if used > self._bounds.memory_bytes:
            return "memory", f"over the limit of {self._bounds.memory_bytes:,} bytes of memory"
        if len(pids) > self._bounds.processes:
            return "processes", f"over the limit of {self._bounds.processes} processes"
        # walking a folder costs more than asking how much room is left: it is walked only when some is gone
        free = _free_bytes(self._server.folder)
        if self._free - free < min(self._disk_bytes // 8, 64 * 1024**2):
            self._free = max(free, self._free)
            return None
        self._free = free
        if _size_bytes(self._server.folder) - self._settled > self._disk_bytes:
            return "disk", f"over the limit of {self._disk_bytes:,} bytes of disk"
        return None


def family(pid: int) -> list[int]:
    """Return a process and its children; the process alone where the system does not tell."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())]
    except OSError:
        return [pid]


def private_bytes(pid: int) -> int:
    """Return the memory that a process holds for itself alone; 0 where the system does not tell."""
    try:
        resident, shared = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def _free_bytes(folder: Path) -> int:
    try:
        told = os.statvfs(folder)
    except OSError:
        return 0
    return told.f_bavail * told.f_frsize


def _size_bytes(folder: Path) -> int:
    total, waiting = 0, [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total
