"""A session that is stopped leaves no process, no temporary folder and no shared memory, and can be resumed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from stop_drill import REQUEST, Drill, files

from langgraph_dba.database.engines import close_shared_engines
from langgraph_dba.database.engines.postgresql import server
from langgraph_dba.errors import InputError, SessionError
from langgraph_dba.graph.session.session_run import arun_session, run_session

# each point is a whole session and its resume: all of them take most of an hour
_STEP = 1 if os.environ.get("LANGGRAPH_DBA_ALL_STOPS") else 5
_POINTS = [0.3 + 0.45 * number for number in range(0, 20, _STEP)]
_LIMIT_S = 2.2  # with the time to look
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
BOTH = ("sqlite", "postgresql")
pytestmark = pytest.mark.slow


@pytest.fixture
def parent() -> Iterator[Path]:
    """A folder that the account of a private server can reach, with a short path."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], dict[str, str]]:
    """Return the files of a session with these engines that nothing stops."""

    @cache
    def files_with(engines: tuple[str, ...]) -> dict[str, str]:
        out = tmp_path_factory.mktemp("uninterrupted") / "out"
        run_session(REQUEST, out=out, engines=engines)
        return files(out)

    return files_with


def test_sigterm_leaves_nothing(parent: Path) -> None:
    drill = Drill(parent, ("sqlite",))

    took_s, left = drill.stop(signal.SIGTERM, 2.5)

    assert left == ""
    assert took_s < _LIMIT_S


@pytest.mark.heavy
@pytest.mark.parametrize("number", _SIGNALS)
@pytest.mark.parametrize("after_s", _POINTS)
@pytest.mark.parametrize("engines", [BOTH, ("mariadb",)], ids="+".join)
def test_a_signal_leaves_nothing_and_the_session_resumes_to_the_same_files(
    parent: Path,
    uninterrupted: Callable[[tuple[str, ...]], dict[str, str]],
    engines: tuple[str, ...],
    number: signal.Signals,
    after_s: float,
) -> None:
    drill = Drill(parent, engines)

    took_s, left = drill.stop(number, after_s)

    assert left == ""
    assert took_s < (2 * _LIMIT_S if number == signal.SIGKILL else _LIMIT_S)
    assert drill.resume() == uninterrupted(engines)


async def test_a_cancelled_task_stops_what_it_started(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _cancel(Drill(parent, ("sqlite",)), 2.0, monkeypatch)


@pytest.mark.heavy
@pytest.mark.parametrize("after_s", _POINTS)
@pytest.mark.parametrize("options", [{}, {"isolated": True}], ids=["here", "isolated"])
async def test_a_cancelled_task_writes_nothing_more_and_stops_what_it_started(
    parent: Path,
    uninterrupted: Callable[[tuple[str, ...]], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    after_s: float,
    options: dict[str, bool],
) -> None:
    drill = Drill(parent, BOTH)

    await _cancel(drill, after_s, monkeypatch, **options)

    assert drill.resume() == uninterrupted(BOTH)


_SLOW_COPY = """
import shutil, time
from langgraph_dba.database.engines.postgresql import server
copy = shutil.copyfile
def slow(*arguments, **options):
    time.sleep(0.002)
    return copy(*arguments, **options)
shutil.copyfile, server.open_to_all = slow, lambda path: False
"""  # as root with programs in a folder that only root can enter, on a slow disk
_SLOW_SESSION = f"""{_SLOW_COPY}
import sys
from langgraph_dba.cli import main
sys.argv = ["langgraph-dba", "session", "{REQUEST}", "--out", sys.argv[1], "--engine", "postgresql"]
main()
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="programs are copied for another account only if root")


_NO_THREADS = """
import threading
from langgraph_dba.cancellation import at_end, end_process
at_end(lambda: None)
threading.Thread.start = lambda thread: threading.Event().wait()
end_process(3, within_s=0.2)
"""


def test_a_thread_that_never_starts_does_not_keep_the_process() -> None:
    """With too little memory a new thread may die before it says that it has started."""
    process = subprocess.run([sys.executable, "-c", _NO_THREADS], timeout=10, check=False)

    assert process.returncode == -signal.SIGALRM


@pytest.mark.heavy
@needs_root
@pytest.mark.parametrize("after_s", [1.6 + 0.15 * number for number in range(8)])
def test_a_signal_while_programs_are_copied_leaves_nothing(parent: Path, after_s: float) -> None:
    drill = Drill(parent, ("postgresql",))
    drill.program = ("-c", _SLOW_SESSION, str(drill.out))

    took_s, left = drill.stop(signal.SIGTERM, after_s)

    assert left == ""
    assert took_s < _LIMIT_S


@needs_root
async def test_a_task_cancelled_while_programs_are_copied_leaves_nothing(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_shared_engines()
    monkeypatch.setattr(server, "open_to_all", lambda _: False)
    copy = shutil.copyfile

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.05)
        return copy(*arguments, **options)

    monkeypatch.setattr(shutil, "copyfile", slow)

    await _cancel(Drill(parent, ("postgresql",)), 0.5, monkeypatch)


async def test_an_isolated_session_ends_with_its_process_group(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _cancel(Drill(parent, ("sqlite",)), 2.5, monkeypatch, isolated=True)


@pytest.mark.heavy
def test_an_isolated_session_has_the_same_result_and_events(tmp_path: Path) -> None:
    events: list[str] = []

    result = run_session(
        "a shop with customers and orders",
        out=tmp_path / "out",
        engines=("sqlite",),
        isolated=True,
        progress=lambda event: events.append(event.kind),
    )

    assert (result.status, result.out) == ("completed", tmp_path / "out")
    assert set(events) == {"began", "evidence", "file", "finished"}


@pytest.mark.heavy
def test_errors_of_an_isolated_session_are_those_of_a_session(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()

    with pytest.raises(SessionError, match="not an empty folder"):
        run_session(REQUEST, out=tmp_path, isolated=True)
    with pytest.raises(InputError, match="isolated"):
        run_session(REQUEST, out=tmp_path / "o", isolated=True, panel=lambda: None)  # type: ignore[arg-type]


async def _cancel(drill: Drill, after_s: float, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Cancel a session and check that it writes nothing more, and leaves no process and no temporary folder."""
    monkeypatch.setenv("LANGGRAPH_DBA_TMPDIR", str(drill.own))
    task = asyncio.create_task(arun_session(REQUEST, out=drill.out, engines=drill.engines, **options))
    await asyncio.wait({task}, timeout=after_s)
    if task.done():
        pytest.skip("the session ended before it was cancelled")

    since = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    took_s = time.monotonic() - since

    stamps = _stamps(drill.out)
    assert took_s < _LIMIT_S
    assert [name for _, name in drill.processes() if "guard" not in name] == []
    # of a process group that is killed, the guard removes the folders
    await asyncio.to_thread(_wait_until_empty, drill.own, since + _LIMIT_S)
    assert not [path.name for path in drill.own.iterdir()]
    await asyncio.sleep(0.5)
    assert _stamps(drill.out) == stamps


def _wait_until_empty(folder: Path, deadline: float) -> None:
    while [*folder.iterdir()] and time.monotonic() < deadline:
        time.sleep(0.05)


def _stamps(out: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
