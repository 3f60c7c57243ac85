"""Generated code runs in processes of its own, forked from one interpreter."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from langgraph_dba.agents.kit.fork_server import ForkServer
from langgraph_dba.errors import EngineError, OverLimit


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


def _run(
    server: ForkServer, folder: Path, arguments: Sequence[str], limit_s: float = 60, **variables: str
) -> tuple[int, str]:
    output = folder / f"output-{time.monotonic_ns()}"
    code = server.run(arguments, folder=folder, output=output, environment=variables, limit_s=limit_s)
    return code, output.read_text()


@pytest.mark.parametrize(
    ("code", "exit_code", "printed"),
    [
        ("print('fine')", 0, "fine\n"),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no way')", 1, "no way\n"),
        ("raise RuntimeError('broken')", 1, "RuntimeError: broken\n"),
        ("import atexit; atexit.register(print, 'at the end')", 0, "at the end\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
    ],
)
def test_code_ends_as_in_an_interpreter_of_its_own(
    server: ForkServer, tmp_path: Path, code: str, exit_code: int, printed: str
) -> None:
    ended = _run(server, tmp_path, ["-c", code])

    assert (ended[0], ended[1].endswith(printed)) == (exit_code, True)


def test_warnings_can_be_errors_in_one_run_only(server: ForkServer, tmp_path: Path) -> None:
    warn = "import warnings; warnings.warn('careful')"

    assert [_run(server, tmp_path, [*option, "-c", warn])[0] for option in ([], ["-W", "error"], [])] == [0, 1, 0]


def test_modules_of_the_folder_are_imported_and_forgotten(server: ForkServer, tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "models.py").write_text(f"NUMBER = {number}")
        assert _run(server, folder, ["-c", "import models; print(models.NUMBER)"]) == (0, f"{number}\n")


def test_a_run_has_the_environment_that_it_was_given(
    server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    read = "import os; print(sorted(os.environ), 'sk-secret' in open('/proc/self/environ').read())"

    assert _run(server, tmp_path, ["-c", read], GIVEN="1") == (0, "['GIVEN'] False\n")


def test_runs_are_parallel(server: ForkServer, tmp_path: Path) -> None:
    """Each waits for the file that the other writes."""
    wait = """
import pathlib, sys, time
own, other = sys.argv[1:]
pathlib.Path(own).touch()
end = time.monotonic() + 30
while not pathlib.Path(other).exists() and time.monotonic() < end:
    time.sleep(0.01)
sys.exit(not pathlib.Path(other).exists())
"""
    with ThreadPoolExecutor(2) as pool:
        pairs = [("a", "b"), ("b", "a")]
        ends = list(pool.map(lambda pair: _run(server, tmp_path, ["-c", wait, *pair])[0], pairs))

    assert ends == [0, 0]


def test_a_run_over_its_limit_is_killed_with_its_children(server: ForkServer, tmp_path: Path) -> None:
    spawn = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); open('child', 'w').write(str(p.pid)); p.wait()"
    )

    with pytest.raises(OverLimit, match="no answer after 3 s"):
        _run(server, tmp_path, ["-c", spawn], limit_s=3)

    child = int((tmp_path / "child").read_text())
    end = time.monotonic() + 10
    while _runs(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_a_lost_interpreter_is_an_error_of_the_engine_and_the_next_run_has_a_new_one(
    server: ForkServer, tmp_path: Path
) -> None:
    parent = int(_run(server, tmp_path, ["-c", "import os; print(os.getppid())"])[1])
    killer = threading.Timer(0.3, os.kill, (parent, signal.SIGKILL))
    killer.start()

    with pytest.raises(EngineError, match="was lost"):
        _run(server, tmp_path, ["-c", "import time; time.sleep(5)"])

    killer.join()
    assert _run(server, tmp_path, ["-c", "print('again')"]) == (0, "again\n")
    assert parent != os.getpid()
