"""Temporary folders that belong to one process, recorded in a locked file, and are removed when it ends.

The process removes its own folders, and if it is killed, its guard does. If both are killed, the next process that
creates a folder removes those whose owner no longer runs and holds no lock. A folder without a valid owner file is
removed only if it is old and no process uses it.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from langgraph_dba.cancellation import at_end, check_cancelled
from langgraph_dba.database.engines.servers.folder_guard import watch_folders
from langgraph_dba.database.engines.servers.process_identity import (
    ProcessIdentity,
    leads_session,
    name_of,
    processes_in,
)
from langgraph_dba.errors import EngineUnavailable

PREFIXES = ("dba-pg-", "dba-my-", "dba-sqlite-", "dba-trial-")
VARIABLE = "LANGGRAPH_DBA_TMPDIR"
_MEMORY = Path("/dev/shm")  # noqa: S108  mkdtemp makes a private folder in it
# A scratch database is hundreds of small files: in memory a PostgreSQL server takes half the CPU time (10.0 s -> 5.4 s
# in a session) and a third of the wall time on a busy disk. Containers often have only 64 MB there.
_MEMORY_ROOM_BYTES = 4 * 1024**3
_OWNER_FILE = "owner"
_UNFINISHED = ".dba-"
_LONGEST = 70  # the path of a Unix socket in it may have about 100 characters
_UNKNOWN_AFTER_S = 3600.0
_SHUTDOWN_S = 2.0
_REMOVALS = 10


def account() -> tuple[int, int] | None:
    """Return the user and group under which servers run if this process is root, else None."""
    # PostgreSQL and MariaDB refuse to run as root
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def base() -> Path:
    """Return the parent of new private folders; EngineUnavailable if `LANGGRAPH_DBA_TMPDIR` is not usable.

    That variable comes first, then `/dev/shm` if it has 4 GiB free, the system's temporary folder, and `/tmp`.
    """
    setting = os.environ.get(VARIABLE)
    if setting:
        folder = Path(setting).resolve()
        if reason := _unusable(folder):
            raise EngineUnavailable(f"{VARIABLE}={setting} {reason}: use another folder")
        return folder
    return next(parent for parent in _parents() if parent == _PARENTS[-1] or not _unusable(parent))


_PARENTS = (_MEMORY, Path(tempfile.gettempdir()).resolve(), Path("/tmp"))  # noqa: S108


def _parents() -> tuple[Path, ...]:
    """Return the candidates for `base`, without /dev/shm if it has too little space or is mounted noexec."""
    try:
        status = os.statvfs(_MEMORY)
    except OSError:
        return _PARENTS[1:]
    has_room = status.f_bavail * status.f_frsize >= _MEMORY_ROOM_BYTES
    # noexec matters: binaries that the server's account cannot reach are copied into the folder
    usable = has_room and not status.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK)
    return _PARENTS if usable else _PARENTS[1:]


def disk_limit_bytes(folder: Path, limit_bytes: int) -> int:
    """Return the disk limit for a scratch database in a folder: in memory, at most half of the free space."""
    if not folder.is_relative_to(_MEMORY):
        return limit_bytes
    status = os.statvfs(_MEMORY)
    return min(limit_bytes, status.f_bavail * status.f_frsize // 2)


def _unusable(folder: Path) -> str:
    if not folder.is_dir():
        return "is not a folder"
    if len(str(folder)) > _LONGEST:
        return f"is too long for a Unix socket in it ({len(str(folder))} characters, {_LONGEST} at most)"
    open_to_all = all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents))
    return "" if account() is None or open_to_all else "is not accessible to the account that servers run as"


class PrivateFolder:
    """A folder at `path` that belongs to this process and that only its user can read."""

    def __init__(self, prefix: str) -> None:
        """Remove leftovers of ended processes, then create the folder; EngineUnavailable if the disk is full."""
        check_cancelled()
        reap()
        parent, self._lock = base(), -1
        _watch(parent)
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_unfinished(ProcessIdentity.current()), dir=parent))
        except OSError as error:
            raise _no_room(parent, error) from None
        try:
            self._lock = os.open(self.path / _OWNER_FILE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            os.write(self._lock, str(ProcessIdentity.current()).encode())
            self.path = self.path.rename(parent / f"{prefix}{self.path.name.rpartition('-')[2]}")
            _OWN.add(self.path)
        except OSError as error:  # on a full disk mkdtemp may still succeed, and the first write fails
            self.remove()
            raise _no_room(parent, error) from None

    def remove(self) -> None:
        """Remove the folder with its contents; may be called twice."""
        _remove_folder(self.path)
        _OWN.discard(self.path)
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


def _unfinished(owner: ProcessIdentity) -> str:
    """Return the prefix of folders that a process is making or removing: they have no owner file then."""
    return f"{_UNFINISHED}{owner}-"


_OWN: set[Path] = set()
_GUARDS: dict[Path, tuple[str, "subprocess.Popen[bytes]"]] = {}
_GUARDS_LOCK = threading.Lock()


def _watch(parent: Path) -> None:
    """Start the guard of a parent folder once, and again in a forked process."""
    owner = str(ProcessIdentity.current())
    with _GUARDS_LOCK:
        if parent not in _GUARDS or _GUARDS[parent][0] != owner:
            _GUARDS[parent] = owner, watch_folders(parent, owner, PREFIXES)


def _remove_own() -> None:
    """End the processes that still run in this process's folders, and remove the folders."""
    threads = [threading.Thread(target=_remove, args=(path,), daemon=True) for path in list(_OWN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with _GUARDS_LOCK:
        owner = str(ProcessIdentity.current())
        guards = [guard for started_by, guard in _GUARDS.values() if started_by == owner]
        _GUARDS.clear()
    for guard in guards:
        guard.communicate()  # closes its input, and waits for its end


at_end(_remove_own)
os.register_at_fork(after_in_child=_OWN.clear)


def _no_room(parent: Path, error: OSError) -> EngineUnavailable:
    return EngineUnavailable(f"there is no room in {parent} ({error.strerror}): set {VARIABLE} to another folder")


def reap() -> list[Path]:
    """Remove the folders of killed processes, kill the processes that still run in them, and return the folders."""
    ours = {os.geteuid(), (account() or (os.geteuid(),))[0]}
    # an earlier process may have chosen another parent: the free space of /dev/shm changes
    parents = dict.fromkeys((base(), *_PARENTS))
    folders = (path for parent in parents for prefix in PREFIXES for path in parent.glob(f"{prefix}*"))
    unfinished = (path for parent in parents for path in parent.glob(f"{_UNFINISHED}*"))
    found = [path for path in (*folders, *unfinished) if not path.is_symlink() and path.is_dir()]
    return [path for path in found if _reap_folder(path, ours)]


def _reap_folder(folder: Path, ours: set[int]) -> bool:
    try:
        if folder.stat().st_uid not in ours:
            return False
        if folder.name.startswith(_UNFINISHED):
            return _reap_unfinished(folder)
        lock = os.open(folder / _OWNER_FILE, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return _reap_unowned(folder)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # its owner or another reaper may hold it
        owner = ProcessIdentity.parse(os.read(lock, 100).decode(errors="replace"))
        if owner is None or owner.is_running:
            return False
        _remove(folder)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _reap_unfinished(folder: Path) -> bool:
    """Remove a folder that an ended process was making or removing; return whether it was removed."""
    owner = ProcessIdentity.parse(folder.name.removeprefix(_UNFINISHED).partition("-")[0])
    if owner is None or owner.is_running:
        return False
    _remove_folder(folder)
    return True


def _reap_unowned(folder: Path) -> bool:
    """Remove a folder without owner file if it is old and no process uses it; return whether it was removed."""
    # age matters: its process may be between `mkdtemp` and writing the owner file
    try:
        old = time.time() - folder.stat().st_mtime > _UNKNOWN_AFTER_S
    except OSError:
        return False
    if not old or processes_in(folder):
        return False
    _remove(folder)
    return True


def _remove(folder: Path) -> None:
    end_processes(folder)
    _remove_folder(folder)


def _remove_folder(folder: Path) -> None:
    # If this process is killed half-way, the name says whose the rest is: the owner file may be gone already.
    unfinished = folder.with_name(f"{_unfinished(ProcessIdentity.current())}{folder.name.rpartition('-')[2]}")
    with suppress(OSError):
        folder.rename(unfinished)
    # a thread that is about to be stopped may write one more file while the folder is removed
    for _ in range(_REMOVALS):
        for path in (unfinished, folder):
            shutil.rmtree(path, ignore_errors=True)
        if not unfinished.exists() and not folder.exists():
            return
        time.sleep(0.02)


def end_processes(folder: Path) -> None:
    """End the processes that run in a folder so that they leave no shared memory, or else kill them."""
    for pid in filter(leads_session, processes_in(folder)):
        # a server ends its own processes; that of `initdb` ends in order when its input does, and by no signal
        number = signal.SIGKILL if name_of(pid) == "initdb" else signal.SIGQUIT
        with suppress(OSError):
            os.kill(pid, number)
    _await_end(folder)
    for pid in processes_in(folder):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    _await_end(folder)


def _await_end(folder: Path) -> None:
    deadline = time.monotonic() + _SHUTDOWN_S
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
