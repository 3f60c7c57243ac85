"""Start and stop a private database server: only this process can reach it, and it ends with this process.

Each server has a private folder, an unprivileged account if this process is root, an empty environment, and a guard
process that stops it and removes the folder when this process ends, even if it is killed. The start functions of binary
packages are not used: they open parent folders to other users, trust every login, or leave the server running.
"""

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from langgraph_dba.cancellation import at_end, cancelled_by, check_cancelled, not_at_end
from langgraph_dba.confinement import started_confined
from langgraph_dba.database.engines.servers.private_folder import PrivateFolder, account, end_processes
from langgraph_dba.errors import EngineUnavailable

_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 5.0
# Stops the server and removes its folder when this process's end of the pipe closes: SIGKILL closes it too.
_GUARD = """
cat >/dev/null 2>&1
kill -QUIT "$1" 2>/dev/null
n=0; while kill -0 "$1" 2>/dev/null && [ "$n" -lt 40 ]; do n=$((n+1)); sleep 0.05; done
kill -9 "$1" 2>/dev/null
rm -rf "$2"
"""


class PrivateServer(ABC):
    """One running server in a private temporary folder, with a random superuser password and only a Unix socket."""

    title: ClassVar[str]
    folder_prefix: ClassVar[str]
    prefix = "scratch"  # of all databases and logins; needs no process identity, as no other process uses the server

    def __init__(self, origin: str) -> None:
        """Initialise the data folder and start the server; EngineUnavailable if that fails.

        `origin` is the source of the programs, for messages.
        """
        start = time.monotonic()
        self.origin = origin
        self.password = secrets.token_urlsafe(24)
        self.account = account()
        self._stopped = threading.Event()
        self._home = PrivateFolder(self.folder_prefix)
        self.folder = self._home.path
        self.log = self.folder / "server.log"
        try:
            self.own(self.folder)
            self._initialise()
            self._process = self._start_server()
            self._guard = self._watch()
        except OSError as error:  # mostly a full disk
            self._home.remove()
            raise EngineUnavailable(f"{self.title} of {self.origin} could not be started: {error}") from None
        except BaseException:
            end_processes(self.folder)
            self._home.remove()
            raise
        at_end(self.stop)
        try:
            self._await_readiness()
        except BaseException:
            self.stop()
            raise
        self.startup_s = time.monotonic() - start

    @abstractmethod
    def _initialise(self) -> None:
        """Initialise the data folder, with `run_to_end`."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the command line of the server with its settings."""

    @abstractmethod
    def _ready(self) -> bool:
        """Return whether the server reports that it accepts connections."""

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return not self._stopped.is_set() and self._process.poll() is None

    def stop(self) -> None:
        """Stop the server and remove everything it wrote; may be called twice."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        not_at_end(self.stop)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self._process.send_signal(signal.SIGQUIT)  # immediate shutdown: the data are discarded
        try:
            self._process.wait(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()
        self._home.remove()

    def own(self, path: Path) -> None:
        """Change the owner of a file, or of a folder with its contents, to the server's account."""
        if self.account:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, *self.account, follow_symlinks=False)

    def secret_file(self, name: str, text: str) -> Path:
        """Write a file in the folder that only the server's account can read."""
        path = self.folder / name
        path.touch(mode=0o600)  # before the text is written: no other account may read it in between
        path.write_text(text)
        self.own(path)
        return path

    def run_to_end(self, command: list[str], log_name: str) -> None:
        """Run a program under the server's account; EngineUnavailable with the end of its log if it fails."""
        log = self.folder / log_name
        process = self._spawn(command, log)
        with cancelled_by(process.kill):
            try:
                code = process.wait(_START_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        check_cancelled()  # what it left running may need its files for its own end
        if code:
            raise EngineUnavailable(f"{Path(command[0]).name} of {self.origin} failed: {tail(log)}")

    def _start_server(self) -> subprocess.Popen[bytes]:
        """Start the server so that SQL, even of a superuser, can run no program and write no file elsewhere."""
        # the functions and triggers of somebody else's schema are also called by our superuser
        command = self._command()
        return started_confined(lambda: self._spawn(command, self.log), folders=[str(self.folder)], program=command[0])

    def _spawn(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        uid, gid = self.account or (None, None)
        with log.open("wb") as sink:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,  # Ctrl-C must not reach the server: `stop` shuts it down
                user=uid,
                group=gid,
                extra_groups=[] if self.account else None,
            )

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
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EngineUnavailable(f"{self.title} of {self.origin} did not start: {tail(self.log)}")
            check_cancelled()
            with contextlib.suppress(OSError):
                if self._ready():
                    return
            time.sleep(0.02)
        raise EngineUnavailable(f"{self.title} of {self.origin} was not ready after {_START_LIMIT_S:.0f} s")


def open_to_all(path: Path) -> bool:
    """Return whether every account may execute a program, which needs access to all folders above it."""
    program = path.resolve()
    return bool(program.stat().st_mode & 0o001) and all(parent.stat().st_mode & 0o001 for parent in program.parents)


def tail(log: Path) -> str:
    """Return the last error lines of a log, or else its last lines, joined to one line."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    errors = [line for line in lines if re.search(r"\b(ERROR|FATAL|PANIC)\b", line)]
    return " | ".join(line for line in (errors[-3:] or lines[-6:]) if line) or f"no output ({sys.platform})"
