"""The process behind `fork_server.py`: it imports what generated code needs once, and forks for each job.

A program of its own that uses the standard library and one file of this package: it is run by its path, with none of
the user's environment. Jobs come as lines of JSON on standard input; for each, a line with its process, and a line with
its exit code, leave on standard output. It ends at the end of its input, or when there was no job for a while.
"""

import atexit
import importlib
import importlib.util
import json
import os
import runpy
import select
import signal
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any, cast

_IDLE_S = 60.0
# The imports that made each child cost half a second of CPU and more.
_PRELOADED = (
    "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.mysql",
    "psycopg", "pymysql", "alembic.config", "alembic.command", "alembic.autogenerate", "pytest", "_pytest.junitxml",
)  # fmt: skip


def _load(path: Path) -> Any:
    """Return the module of a file of this package, without the package around it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_confinement = _load(Path(__file__).parents[2] / "confinement.py")


def preload() -> None:
    """Import the modules that are installed; generated code reports a missing one itself."""
    for name in _PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def serve(requests: int, replies: int) -> None:
    """Fork for each request until the input ends; the processes that still run then are killed."""
    wakeup, signalled = os.pipe()
    os.set_blocking(signalled, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler, no byte is written to the pipe
    signal.set_wakeup_fd(signalled)
    running: dict[int, Any] = {}
    pending = b""
    while True:
        ready, _, _ = select.select([requests, wakeup], [], [], None if running else _IDLE_S)
        if not ready:
            return
        if wakeup in ready:
            os.read(wakeup, 4096)
        reap(running, replies)
        if requests not in ready:
            continue
        received = os.read(requests, 65536)
        if not received:
            for process in running:
                os.killpg(process, signal.SIGKILL)
            return
        *lines, pending = (pending + received).split(b"\n")
        for line in lines:
            job = json.loads(line)
            process = os.fork()
            if process == 0:
                become(job)
            running[process] = job["id"]
            reply(replies, {"id": job["id"], "process": process})


def reap(running: dict[int, Any], replies: int) -> None:
    """Report every process that ended."""
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        reply(replies, {"id": running.pop(process), "code": os.waitstatus_to_exitcode(status)})


def reply(replies: int, message: dict[str, Any]) -> None:
    """Write one line; the parent reads all the time."""
    os.write(replies, json.dumps(message).encode() + b"\n")


def become(job: dict[str, Any]) -> None:
    """Turn this forked process into the job: its folder, its environment, its output file; never returns."""
    code = 1
    try:
        os.setsid()  # its children end with it
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(job["folder"])
        os.environ.clear()
        os.environ.update(job["environment"])
        output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for target, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
            os.dup2(source, target)
        confine_or_die(job["confinement"])
        code = run(job["arguments"])
    except BaseException:  # noqa: BLE001  whatever it is, it must not return into the loop of the parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def confine_or_die(confinement: dict[str, Any]) -> None:
    """Confine this process; if that fails, it ends by SIGSYS before any generated code runs."""
    try:
        _confinement.confine(**confinement)
    except BaseException:  # noqa: BLE001  whatever it is, nothing may run unconfined
        traceback.print_exc()
        sys.stderr.flush()
        signal.signal(signal.SIGSYS, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSYS)
        os._exit(1)


def run(arguments: list[str]) -> int:
    """Run `[-W ACTION] -c CODE` or `[-W ACTION] -m MODULE ARGUMENT…` as the interpreter would; return the exit code."""
    if arguments[0] == "-W":
        warnings.simplefilter(cast("Any", arguments[1]))
        arguments = arguments[2:]
    option, what, *rest = arguments
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  as the interpreter does
    sys.argv = [option, *rest]
    try:
        if option == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102  its purpose
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201  as the interpreter does
        return 1
    except BaseException:  # noqa: BLE001  as the interpreter does
        traceback.print_exc()
        return 1
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001  a forked process ends without them
    return 0


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file, which no import may search
    preload()
    serve(0, 1)
    os._exit(0)  # nothing is left to close, and taking the imported modules apart costs 0.2 s
