"""A full disk or a killed process during a proof: `not run`, no leftovers, and the next run works."""

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
from langgraph_dba.database.proofs import Subject, proofs_by_name, prove
from langgraph_dba.errors import EngineUnavailable
from langgraph_dba.evidence import CheckResult

DRILL = Path(__file__).parents[1] / "support" / "fault_drill.py"


@pytest.fixture
def parent() -> Path:
    """An empty folder with a short path and access for every account, as parent of private folders."""
    folder = Path("/tmp") / f"drill{os.getpid()}-{time.monotonic_ns() % 10**6}"  # short enough for the path of a socket
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    return folder


@pytest.fixture
def watched(parent: Path) -> Iterator[Path]:
    yield parent
    assert list(parent.iterdir()) == [], "there are leftovers"
    parent.rmdir()


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
@pytest.mark.parametrize("guard", ["survives", "is killed too"])
def test_a_killed_process_leaves_nothing_and_the_next_run_works(engine: Engine, watched: Path, guard: str) -> None:
    """SIGKILL while a scratch database is open; if its guard is killed as well, the next run reaps."""
    name = engine.traits.name
    process = subprocess.Popen(
        [sys.executable, str(DRILL), name, "600"], env=_environment(watched), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "inside"
    folders = list(watched.iterdir())
    assert folders
    doomed = [process.pid, *(_guards(process.pid) if guard == "is killed too" else [])]
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    evidence = _drill(name, watched)

    assert {one["state"] for one in evidence} == {"supported"}
    assert not [pid for folder in folders for pid in processes_in(folder)]


def _guards(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"guard" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture
def small_disk(parent: Path) -> Iterator[Path]:
    """A file system of a few megabytes; mounting it requires root."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=1777", "tmpfs", str(parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        parent.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield parent
    subprocess.run(["umount", str(parent)], check=True)
    parent.rmdir()


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_full_disk_is_not_run_and_leaves_nothing(engine: Engine, small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * _room(small_disk))

    evidence = _drill(engine.traits.name, small_disk)

    assert {one["state"] for one in evidence} == {"not run"}
    assert all(one["reason"] for one in evidence)
    assert list(small_disk.iterdir()) == [filler]


@pytest.mark.heavy
@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_disk_that_fills_up_during_a_proof_is_not_run(engine: Engine, small_disk: Path, schema: Schema,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The disk fills up while the engine works; with free space again the next proof works."""
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
        second = prove(schema, ddl, {name: opened}, proofs=proofs_by_name(["up-down-up"]))
    finally:
        filler.unlink(missing_ok=True)
        opened.close()

    assert [one.state for one in first] == ["not run"]
    assert [one.state for one in second] == ["supported"]


def _room(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def test_an_unavailable_engine_is_not_run(schema: Schema) -> None:
    evidence = prove(schema, {}, {"postgresql": EngineUnavailable("no server")}, proofs=proofs_by_name(["up-down-up"]))

    assert [(one.state, one.reason) for one in evidence] == [("not run", "no server")]
