"""Start a session in a process of its own, stop it at a moment, and look for what it left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

REQUEST = "a clinic with patients, doctors, appointments and prescriptions, several clinics share one system"
_MARKER = "STOP_DRILL"
_STEPS = re.compile(r'"steps": \d+')
_VARYING = {"session.json", "WORKLOG.md", "report.md", "er.svg"}  # times; the picture is made after the run


class Drill:
    """One session in the folder `out`, whose temporary folders are in `own`; each is marked by its environment."""

    def __init__(self, parent: Path, engines: Sequence[str], program: Sequence[str] = ()) -> None:
        self.out, self.own = parent / "out", parent / "t"
        self.own.mkdir(mode=0o711)
        self.engines = tuple(engines)
        self.options = [word for name in engines for word in ("--engine", name)]
        self.program = program
        self.mark = str(parent)
        self.before = shared_memory()

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start the command, or the program given instead of it."""
        environment = {**os.environ, "LANGGRAPH_DBA_TMPDIR": str(self.own), "TMPDIR": str(self.own), _MARKER: self.mark}
        command = ["-m", "langgraph_dba", "session", *(arguments or (REQUEST, "--out", str(self.out), *self.options))]
        return subprocess.Popen(
            [sys.executable, *(self.program or command)],
            env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def stop(self, number: signal.Signals, after_s: float) -> tuple[float, str]:
        """Start the session and send a signal after a time; return the seconds until all is gone, and what is not."""
        process = self.start()
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        since = time.monotonic()
        process.communicate()
        while (left := self.left()) and time.monotonic() < since + 5:
            time.sleep(0.05)
        return time.monotonic() - since, left

    def left(self) -> str:
        """Return the processes, temporary files, pending files and shared memory that still exist; empty if none do."""
        processes = [f"{pid} {name}" for pid, name in self.processes()]
        pending = [str(path) for path in self.out.rglob(".*.part")]
        return ", ".join(
            [*processes, *(path.name for path in self.own.iterdir()), *pending, *sorted(shared_memory() - self.before)]
        )

    def processes(self) -> list[tuple[int, str]]:
        """Return the processes with the mark, or in the own folder: servers have an empty environment."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                place = str((folder / "cwd").readlink())
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:60]
            except OSError:
                continue
            marked = f"{_MARKER}={self.mark}".encode() in environment.split(b"\0")
            if command and (marked or place.startswith(str(self.own))):
                found.append((int(folder.name), command))
        return found

    def resume(self) -> dict[str, str]:
        """Resume the session, or run it if nothing of it is stored, and return its files."""
        is_stored = (self.out / ".session" / "inputs.json").exists()
        process = self.start(*(("--resume", str(self.out)) if is_stored else ()))
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()[-2000:]
        return files(self.out)


def files(out: Path) -> dict[str, str]:
    """Return the files of a session that do not hold times, without the steps that MariaDB's deletions took.

    These count rows of earlier deletions that InnoDB has not yet purged.
    """
    paths = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    return {
        name: _STEPS.sub("", path.read_text())
        for name, path in paths.items()
        if not name.startswith(".session") and name not in _VARYING
    }


def shared_memory() -> set[str]:
    """Return the segments of shared memory of this machine that no process uses: other tests run beside this one."""
    fields = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    unused = {f"shm {field[1]}" for field in fields if field[6] == "0"}
    names = {path.name for path in Path("/dev/shm").iterdir() if not path.name.startswith("dba-")}
    return unused | {f"/dev/shm/{name}" for name in names - _mapped(names)}


def _mapped(names: set[str]) -> set[str]:
    mapped: set[str] = set()
    for maps in Path("/proc").glob("[0-9]*/maps") if names else ():
        with suppress(OSError):
            text = maps.read_text()
            mapped |= {name for name in names if f"/dev/shm/{name}" in text}
    return mapped
