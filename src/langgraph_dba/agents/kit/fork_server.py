"""Run generated code in processes that are forked from one interpreter with the imports already done.

A session runs ten programs (models, migrations up and down, test suites, on two engines). Started one by one they cost
6.5 s of CPU, nearly all of it imports; forked from a preloaded interpreter about one. Each still is a process of its
own, with its own folder and environment.
"""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph_dba.cancellation import at_end, cancelled_by, check_cancelled
from langgraph_dba.errors import EngineError, OverLimit

_PROGRAM = Path(__file__).with_name("fork_server_main.py")
_END_LIMIT_S = 0.5
_SETTINGS = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a process may use besides its own folder: other folders to write in, TCP ports, and Unix sockets.

    With ports it may open every kind of socket, because the name of a host is found by other ones.
    """

    folders: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()
    unix_sockets: bool = False


class ForkServer:
    """One preloaded interpreter, started when it is first needed, or by `start`, and again if it has ended."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._exits: dict[int, tuple[Future[int], subprocess.Popen[bytes]]] = {}
        self._processes: dict[int, int] = {}
        self._jobs = 0

    def start(self) -> None:
        """Start the interpreter now, so that it has loaded when the first job comes."""
        with self._lock:
            self._running()

    def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        output: Path,
        environment: Mapping[str, str],
        limit_s: float,
        reach: Reach = Reach(),
    ) -> int:
        """Run `[-W ACTION] -c CODE` or `[-W ACTION] -m MODULE ARGUMENT…` in a folder and return the exit code.

        The process can write in the folder alone and connect to nothing, except for what is in `reach`. Standard output
        and error go to the file `output`; a negative code is the signal that ended the process.
        OverLimit after `limit_s` seconds, EngineError if the interpreter behind it was lost.
        """
        request = {
            "arguments": list(arguments),
            "folder": str(folder),
            "output": str(output),
            "environment": dict(environment),
            "confinement": {
                "folders": [str(folder), *map(str, reach.folders)],
                "ports": list(reach.ports),
                "families": None if reach.ports else [int(socket.AF_UNIX)] if reach.unix_sockets else [],
                "cpu_s": math.ceil(limit_s),
            },
        }
        check_cancelled()
        job, exited = self._send(request)
        try:
            with cancelled_by(lambda: self._kill(job)):
                code = exited.result(limit_s)
        except Late:
            self._kill(job)
            raise OverLimit(f"no answer after {limit_s:.0f} s") from None
        check_cancelled()
        return code

    def close(self) -> None:
        """End the interpreter and what still runs."""
        with self._lock:
            process = self._close_input()
        if process is not None:
            try:
                process.wait(_END_LIMIT_S)
            except subprocess.TimeoutExpired:  # it still imports, and has no jobs yet
                process.kill()
                process.wait()

    def _send(self, request: dict[str, Any]) -> tuple[int, Future[int]]:
        with self._lock:
            self._jobs += 1
            job, exited = self._jobs, Future[int]()
            line = json.dumps({"id": job, **request}).encode() + b"\n"
            for attempt in (1, 2):  # it may have ended, because it was idle, at this very moment
                process = self._running()
                self._exits[job] = exited, process
                try:
                    assert process.stdin is not None
                    process.stdin.write(line)
                    process.stdin.flush()
                    break
                except OSError as error:
                    self._close_input()
                    if attempt == 2:  # noqa: PLR2004
                        raise EngineError(f"generated code cannot be run: {error}") from None
        return job, exited

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._close_input()
            environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
            self._process = subprocess.Popen(
                [sys.executable, str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**environment, **_SETTINGS},
                start_new_session=True,  # Ctrl-C is for this process: it ends the other in order
            )
            threading.Thread(target=self._read, args=(self._process,), name="fork-server", daemon=True).start()
        return self._process

    def _close_input(self) -> subprocess.Popen[bytes] | None:
        """Let the interpreter end, if there is one, and return its process."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        return process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Pass on what the interpreter reports; at its end, every job that it had not finished is lost."""
        assert process.stdout is not None
        for line in process.stdout:
            message = json.loads(line)
            job = message["id"]
            if "process" in message:
                self._processes[job] = message["process"]
            else:
                self._processes.pop(job, None)
                self._exits.pop(job)[0].set_result(message["code"])
        process.wait()
        process.stdout.close()
        with self._lock:
            lost = [job for job, (_, sent_to) in self._exits.items() if sent_to is process]
        for job in lost:
            self._exits.pop(job)[0].set_exception(EngineError("the interpreter that runs generated code was lost"))

    def _kill(self, job: int) -> None:
        process = self._processes.get(job)
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)


FORK_SERVER = ForkServer()
at_end(FORK_SERVER.close)
