"""Whose something is: a process is told from a later one of the same number by the moment it started."""

import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc/self/stat")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process of this machine."""

    pid: int
    started: str

    @classmethod
    def this(cls) -> "Owner":
        """Return the process that runs this."""
        return cls(os.getpid(), _started(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> "Owner | None":
        """Read what `str` wrote; None if it is something else."""
        pid, _, started = text.strip().partition("_")
        return cls(int(pid), started) if pid.isdecimal() and started else None

    def __str__(self) -> str:
        """Render as letters that may stand in a database's name."""
        return f"{self.pid}_{self.started}"

    @property
    def lives(self) -> bool:
        """Whether that very process still runs."""
        return _started(self.pid) == self.started


def _started(pid: int) -> str:
    """When a process started, in the system's own terms; nothing if there is none, or only its corpse."""
    if not _PROC.exists():  # no Linux
        told = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return hashlib.sha256(told.stdout.strip().encode()).hexdigest()[:10] if told.stdout.strip() else ""
    try:
        # the name, in parentheses, may hold anything
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]


@cache
def machine() -> str:
    """Return a short digest of the machine and its process numbers: a container counts processes by itself."""
    numbers = Path("/proc/self/ns/pid")
    space = str(numbers.readlink()) if numbers.exists() else ""
    return hashlib.sha256(f"{platform.node()}\0{space}".encode()).hexdigest()[:8]


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work in a folder or below it, as far as this one may know (Linux only)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = Path(str(entry.readlink()).removesuffix(" (deleted)"))
        except OSError:
            continue
        if place.is_relative_to(folder) and int(entry.parent.name) != os.getpid():
            found.append(int(entry.parent.name))
    return found
