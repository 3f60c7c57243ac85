"""Limit memory, disk and processes of a private server while it runs foreign SQL.

A statement can raise the limits of its own session, so the server is measured from outside. The heaviest connection is
terminated; if usage stays over the limit, the server is stopped, and the engine starts a new one.
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
_PATIENCE_S = 3.0  # time to release memory and disk after a connection was terminated
_PAGE = os.sysconf("SC_PAGE_SIZE")
Kind = Literal["memory", "disk", "processes"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Resource limits of a private server. The time of a statement is limited by its connection."""

    memory_bytes: int = 2 * _GIB  # private memory of all its processes
    disk_bytes: int = 6 * _GIB  # growth of its folder during one statement
    processes: int = 120


class WatchedServer(Protocol):
    """A private server."""

    folder: Path

    @property
    def pid(self) -> int:
        """The process id of the server."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        ...

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        ...


# Returns the id of the connection that uses most of a resource, and a function that terminates it; None if unknown.
FindHeaviest = Callable[[Kind], tuple[int, Callable[[], None]] | None]


class Watchdog:
    """A thread that measures a server five times a second; `reason` returns why a connection was terminated."""

    def __init__(self, server: WatchedServer, bounds: Bounds, find_heaviest: FindHeaviest) -> None:
        """Start the thread."""
        self._server, self._bounds, self._find_heaviest = server, bounds, find_heaviest
        self._disk_bytes = disk_limit_bytes(server.folder, bounds.disk_bytes)
        self._reasons: dict[int, str] = {}
        self._stop_reason = ""
        self._settled = _size_bytes(server.folder)
        self._free = _free_bytes(server.folder)
        self._stop = threading.Event()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def reason(self, connection: int) -> str:
        """Return why this watchdog terminated a connection; empty if it did not."""
        return self._reasons.pop(connection, "") or self._stop_reason

    def stop(self) -> None:
        """End the thread."""
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
                self._stop_reason = message
                self._server.stop()
                return
            since = since or time.monotonic()
            self._end(kind, message)

    def _end(self, kind: Kind, message: str) -> None:
        with suppress(Exception):  # an overloaded server may refuse the query; `_watch` stops it after a while
            if heaviest := self._find_heaviest(kind):
                connection, terminate = heaviest
                self._reasons[connection] = message  # before terminating: the connection may read it at once
                terminate()
        self._stop.wait(_TICK_S * 2)
        if kind == "disk":
            self._settled = _size_bytes(self._server.folder)  # files do not shrink after a rollback

    def _over(self) -> tuple[Kind, str] | None:
        pids = family(self._server.pid)
        used = sum(private_bytes(pid) for pid in pids)
        if used > self._bounds.memory_bytes:
            return "memory", f"over the limit of {self._bounds.memory_bytes:,} bytes of memory"
        if len(pids) > self._bounds.processes:
            return "processes", f"over the limit of {self._bounds.processes} processes"
        # statvfs is much cheaper than walking the folder, which is walked only after free space has shrunk
        free = _free_bytes(self._server.folder)
        if self._free - free < min(self._disk_bytes // 8, 64 * 1024**2):
            self._free = max(free, self._free)
            return None
        self._free = free
        if _size_bytes(self._server.folder) - self._settled > self._disk_bytes:
            return "disk", f"over the limit of {self._disk_bytes:,} bytes of disk"
        return None


def family(pid: int) -> list[int]:
    """Return a process and its children; only the process itself where /proc does not list children."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())]
    except OSError:
        return [pid]


def private_bytes(pid: int) -> int:
    """Return the private memory of a process in bytes; 0 without /proc."""
    try:
        descriptor = os.open(f"/proc/{pid}/statm", os.O_RDONLY)  # with a Path it takes six times as long
    except OSError:
        return 0
    try:
        resident, shared = os.read(descriptor, 200).split()[1:3]
    except (OSError, ValueError):
        return 0
    finally:
        os.close(descriptor)
    return (int(resident) - int(shared)) * _PAGE


def _free_bytes(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize


def _size_bytes(folder: Path) -> int:
    total, folders = 0, [str(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += (
                            entry.stat(follow_symlinks=False).st_blocks * 512
                        )  # allocated size: sparse files count less than their length
    return total
