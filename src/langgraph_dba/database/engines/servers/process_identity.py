"""Identify a process by PID and start time, because PIDs are reused."""

import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc/self/stat")


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process of this machine; `start_time` is in the form of the operating system."""

    pid: int
    start_time: str

    @classmethod
    def current(cls) -> "ProcessIdentity":
        """Return the identity of this process."""
        return cls(os.getpid(), _start_time(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> "ProcessIdentity | None":
        """Parse the text that `str` returns; None for other texts."""
        pid, _, start_time = text.strip().partition("_")
        return cls(int(pid), start_time) if pid.isdecimal() and start_time else None

    def __str__(self) -> str:
        """Render as `pid_start`, which is valid within the name of a database."""
        return f"{self.pid}_{self.start_time}"

    @property
    def is_running(self) -> bool:
        """Whether this process still runs: a later process with the same PID does not count."""
        return _start_time(self.pid) == self.start_time


def _start_time(pid: int) -> str:
    """Return the start time of a process; empty if there is none, or only a zombie."""
    if not _PROC.exists():  # not Linux
        ps = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return hashlib.sha256(ps.stdout.strip().encode()).hexdigest()[:10] if ps.stdout.strip() else ""
    try:
        # the second field, the program's name in parentheses, may contain spaces and parentheses
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]


@cache
def machine() -> str:
    """Return a short digest of the host name and the PID namespace."""
    # each container has a PID namespace of its own: the same PID there is another process
    link = Path("/proc/self/ns/pid")
    namespace = str(link.readlink()) if link.exists() else ""
    return hashlib.sha256(f"{platform.node()}\0{namespace}".encode()).hexdigest()[:8]


def processes_in(folder: Path) -> list[int]:
    """Return the PIDs of other processes with their working directory in a folder (Linux only).

    Processes of other users are missing if this one may not read their links.
    """
    pids = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            directory = Path(str(entry.readlink()).removesuffix(" (deleted)"))
        except OSError:
            continue
        if directory.is_relative_to(folder) and int(entry.parent.name) != os.getpid():
            pids.append(int(entry.parent.name))
    return pids


def name_of(pid: int) -> str:
    """Return the name of a process's program, at most 15 characters (Linux only); empty if there is no process."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def leads_session(pid: int) -> bool:
    """Return whether a process leads its session: it was not started by another one of that session."""
    try:
        return os.getsid(pid) == pid
    except OSError:
        return False
