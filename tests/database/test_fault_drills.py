"""What breaks under a proof: a full disk, our own death. `not run`, nothing is left behind, and the next run works."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from proof_doubles import proof_double

from langgraph_dba.database.engines import ENGINES, Engine, open_engine
from langgraph_dba.database.engines.servers.process_identity import processes_in
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import Subject, named, prove
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.evidence import CheckResult

DRILL = Path(__file__).parents[1] / "support" / "fault_drill.py"


@pytest.fixture
def place() -> Path:
    """A short folder that every account can reach, for private folders to be seen in."""
    folder = Path("/tmp") / f"drill{os.getpid()}-{time.monotonic_ns() % 10**6}"  # short enough for a socket's path
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    return folder


@pytest.fixture
def watched(place: Path) -> Iterator[Path]:
    yield place
    assert list(place.iterdir()) == [], "something was left behind"
    place.rmdir()


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "LANGGRAPH_DBA_TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}


def _drill(name: str, folder: Path) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, str(DRILL), name],
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


@pytest.mark.heavy
@pytest.mark.parametrize("engine", ENGINES, indirect=True)
@pytest.mark.parametrize("guard", ["lives", "dies too"])
def test_a_killed_process_leaves_nothing_behind_and_the_next_run_works(
    engine: Engine, watched: Path, guard: str
) -> None:
    """SIGKILL inside an open scratch database; with its guard killed as well, the next run clears up."""
    name = engine.traits.name
    process = subprocess.Popen(
        [sys.executable, str(DRILL), name, "600"], env=_environment(watched), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "inside"
    folders = list(watched.iterdir())
    assert folders
    doomed = [process.pid, *(_guards(process.pid) if guard == "dies too" else [])]
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    found = _drill(name, watched)

    assert {one["state"] for one in found} == {"supported"}
    assert not [pid for folder in folders for pid in processes_in(folder)]


def _guards(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"guard" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of its own that is full after a few megabytes; mounting one takes root."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=1777", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)
    place.rmdir()


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_full_disk_is_not_run_and_leaves_nothing_behind(engine: Engine, small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * _room(small_disk))

    found = _drill(engine.traits.name, small_disk)

    assert {one["state"] for one in found} == {"not run"}
    assert all(one["reason"] for one in found)
    assert list(small_disk.iterdir()) == [filler]


@pytest.mark.heavy
@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_disk_that_fills_up_on_the_way_is_not_run(engine: Engine, small_disk: Path, schema: Schema,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The engine works, then the disk fills up under its data; with room again the next proof works."""
    name = engine.traits.name
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    monkeypatch.setenv("LANGGRAPH_DBA_TMPDIR", str(small_disk))
    opened = open_engine(name)
    filler = small_disk / "filler"
    try:
        opened.version()

        def run(subject: Subject) -> CheckResult:
            with subject.scratch("CREATE TABLE wide (id INTEGER PRIMARY KEY, t TEXT)") as scratch:
                with scratch.connect() as connection:
                    filler.write_bytes(b"\0" * (_room(small_disk) - 2 * 2**20))
                    for start in range(0, 40_000, 1000):
                        connection.load("wide", ["id", "t"], [(n, "x" * 4000) for n in range(start, start + 1000)])
            return CheckResult((), "never", {})

        from langgraph_dba.database.ddl.rendering import render

        ddl = {name: render(schema, opened.traits)}
        first = prove(schema, ddl, {name: opened}, proofs=[proof_double("breaking", run)])
        filler.unlink()
        second = prove(schema, ddl, {name: opened}, proofs=named(["up-down-up"]))
    finally:
        filler.unlink(missing_ok=True)
        opened.close()

    assert [one.state for one in first] == ["not run"]
    assert [one.state for one in second] == ["supported"]


def _room(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def test_an_engine_without_a_program_is_a_value(schema: Schema) -> None:
    found = prove(schema, {}, {"postgresql": EngineUnavailable("no server")}, proofs=named(["up-down-up"]))

    assert [(one.state, one.reason) for one in found] == [("not run", "no server")]
