"""A database server of our own: started for one process, reachable by it alone, gone when it is gone.

What every such server shares: a private folder, an unprivileged account where we are root, an environment that holds
nothing of the user's, and a guard that ends the server and removes the folder when this process ends, however it ends.
Starting and stopping is done here, because what packages of binaries bring opens parent folders to other users, trusts
every login, or leaves the server running after its user was killed.
"""

import atexit
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

from langgraph_dba.database.engines.servers.private_folder import PrivateFolder, account
from langgraph_dba.errors import EngineUnavailable

_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 5.0
# Ends the server and removes its folder when this process's end of the pipe closes, however the process ended.
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
    prefix = "scratch"  # begins the name of every database and login: nobody else has any here

    def __init__(self, origin: str) -> None:
        """Make the data and start the server; EngineUnavailable if it cannot. `origin`: where the programs are from."""
        started = time.monotonic()
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
            self._process = self._spawn(self._command(), self.log)
            self._guard = self._watch()
        except OSError as error:  # no room left, above all
            self._home.remove()
            raise EngineUnavailable(f"{self.title} of {self.origin} could not be started: {error}") from None
        except BaseException:
            self._home.remove()
            raise
        atexit.register(self.stop)
        self._await_readiness()
        self.startup_s = time.monotonic() - started

    @abstractmethod
    def _initialise(self) -> None:
        """Make the data folder; `run_to_end` reports what fails."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the program that serves, and its settings."""

    @abstractmethod
    def _ready(self) -> bool:
        """Whether the server says that it takes connections."""

    @property
    def pid(self) -> int:
        """The process that serves."""
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
        atexit.unregister(self.stop)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self._process.send_signal(signal.SIGQUIT)  # the data are thrown away: nobody waits for sessions
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
        """Give a file, or a folder with all in it, to the server's account."""
        if self.account:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, *self.account, follow_symlinks=False)

    def secret_file(self, name: str, text: str) -> Path:
        """Write a file in the folder that the server's account alone can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        self.own(path)
        return path

    def run_to_end(self, command: list[str], log_name: str) -> None:
        """Run a program as the server's account; EngineUnavailable with the end of its log if it fails."""
        log = self.folder / log_name
        process = self._spawn(command, log)
        try:
            code = process.wait(_START_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code:
            raise EngineUnavailable(f"{Path(command[0]).name} of {self.origin} failed: {tail(log)}")

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
                start_new_session=True,  # Ctrl-C is for us: we end the server in order
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
                message = tail(self.log)
                self.stop()
                raise EngineUnavailable(f"{self.title} of {self.origin} did not start: {message}")
            with contextlib.suppress(OSError):
                if self._ready():
                    return
            time.sleep(0.02)
        self.stop()
        raise EngineUnavailable(f"{self.title} of {self.origin} was not ready after {_START_LIMIT_S:.0f} s")


def open_to_all(path: Path) -> bool:
    """Whether any account may run a program: every folder above it must let others through."""
    program = path.resolve()
    return bool(program.stat().st_mode & 0o001) and all(parent.stat().st_mode & 0o001 for parent in program.parents)


def tail(log: Path) -> str:
    """Return the last lines of a log on one line; those that speak of an error, if there are any."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    grave = [line for line in lines if re.search(r"\b(ERROR|FATAL|PANIC)\b", line)]
    return " | ".join(line for line in (grave[-3:] or lines[-6:]) if line) or f"no output ({sys.platform})"
