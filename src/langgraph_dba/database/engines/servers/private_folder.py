"""Private folders: each belongs to one process, says so in a locked file, and is removed when that process is gone.

The process removes its folders itself; what a crash left behind, the next one reaps: a folder whose owner no longer
runs and holds no lock. Never is a folder touched whose owner lives, or whose owner is not known and that is young.
"""

import fcntl
import os
import pwd
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from langgraph_dba.database.engines.servers.process_identity import Owner, processes_in
from langgraph_dba.errors import EngineUnavailable

PREFIXES = ("dba-pg-", "dba-my-", "dba-sqlite-", "dba-trial-")
VARIABLE = "LANGGRAPH_DBA_TMPDIR"
_MEMORY = Path("/dev/shm")  # noqa: S108  mkdtemp makes a private folder in it
# A scratch database is hundreds of small files: in memory a PostgreSQL server takes half the CPU time (10.0 s -> 5.4 s
# in a session) and a third of the wall time on a busy disk. Containers often have only 64 MB there.
_MEMORY_ROOM_BYTES = 4 * 1024**3
_OWNER_FILE = "owner"
_LONGEST = 70  # a Unix socket's path has about 100 characters, and lies some folders deeper
_UNKNOWN_AFTER_S = 3600.0
_FAREWELL_S = 2.0


def account() -> tuple[int, int] | None:
    """Return the user and group that servers run as where we are root (they refuse to be root), else None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def base() -> Path:
    """Return the parent of new private folders; EngineUnavailable if `LANGGRAPH_DBA_TMPDIR` names an unfit one.

    That variable comes first, then `/dev/shm` if it has 4 GiB free, the system's temporary folder, and `/tmp`.
    """
    named = os.environ.get(VARIABLE)
    if named:
        chosen = Path(named).resolve()
        if reason := _unfit(chosen):
            raise EngineUnavailable(f"{VARIABLE}={named} {reason}: name another folder")
        return chosen
    return next(parent for parent in _parents() if parent == _PARENTS[-1] or not _unfit(parent))


_PARENTS = (_MEMORY, Path(tempfile.gettempdir()).resolve(), Path("/tmp"))  # noqa: S108


def _parents() -> tuple[Path, ...]:
    """Return the candidates for `base`, without memory if it lacks room or runs no programs."""
    try:
        status = os.statvfs(_MEMORY)
    except OSError:
        return _PARENTS[1:]
    roomy = status.f_bavail * status.f_frsize >= _MEMORY_ROOM_BYTES
    usable = roomy and not status.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK)
    return _PARENTS if usable else _PARENTS[1:]


def disk_limit_bytes(folder: Path, limit_bytes: int) -> int:
    """Return how many bytes a scratch database in a folder may take: in memory, at most half of what is free."""
    if not folder.is_relative_to(_MEMORY):
        return limit_bytes
    status = os.statvfs(_MEMORY)
    return min(limit_bytes, status.f_bavail * status.f_frsize // 2)


def _unfit(folder: Path) -> str:
    if not folder.is_dir():
        return "is no folder"
    if len(str(folder)) > _LONGEST:
        return f"is too long for a Unix socket in it ({len(str(folder))} characters, {_LONGEST} at most)"
    open_to_all = all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents))
    return "" if account() is None or open_to_all else "cannot be reached by the account that servers run as"


class PrivateFolder:
    """A folder of this process, readable by nobody else; `path` is where."""

    def __init__(self, prefix: str) -> None:
        """Make it, after what others left was reaped; EngineUnavailable if there is no room."""
        reap()
        place, self._lock = base(), -1
        try:
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        except OSError as error:
            raise _no_room(place, error) from None
        try:
            self._lock = os.open(self.path / _OWNER_FILE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            os.write(self._lock, str(Owner.this()).encode())
        except OSError as error:  # a folder takes no room on a full disk, what is written in it does
            self.remove()
            raise _no_room(place, error) from None

    def remove(self) -> None:
        """Remove it with all it holds; may be called twice."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


def _no_room(place: Path, error: OSError) -> EngineUnavailable:
    return EngineUnavailable(f"there is no room in {place} ({error.strerror}): {VARIABLE} may name another folder")


def reap() -> list[Path]:
    """Remove the folders that processes left when they were killed, end what still runs in them, and return them."""
    ours = {os.geteuid(), (account() or (os.geteuid(),))[0]}
    # the parent may have been another one when the folder was made: memory had more room
    parents = dict.fromkeys((base(), *_PARENTS))
    found = (path for parent in parents for prefix in PREFIXES for path in parent.glob(f"{prefix}*"))
    return [path for path in found if not path.is_symlink() and path.is_dir() and _reaped(path, ours)]


def _reaped(folder: Path, ours: set[int]) -> bool:
    try:
        if folder.stat().st_uid not in ours:
            return False
        lock = os.open(folder / _OWNER_FILE, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return _reaped_unknown(folder)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held by its owner, or by another that reaps it
        owner = Owner.parse(os.read(lock, 100).decode(errors="replace"))
        if owner is None or owner.lives:
            return False
        _remove(folder)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _reaped_unknown(folder: Path) -> bool:
    """A folder that says nothing of its owner goes when it is old and nobody works in it."""
    try:
        old = time.time() - folder.stat().st_mtime > _UNKNOWN_AFTER_S
    except OSError:
        return False
    if not old or processes_in(folder):
        return False
    _remove(folder)
    return True


def _remove(folder: Path) -> None:
    for wish in (signal.SIGQUIT, signal.SIGKILL):  # a server that may say farewell leaves no shared memory behind
        for pid in processes_in(folder):
            with suppress(OSError):
                os.kill(pid, wish)
        deadline = time.monotonic() + _FAREWELL_S
        while processes_in(folder) and time.monotonic() < deadline:
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
