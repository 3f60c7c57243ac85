"""A failed server does not refute a claim: the proof is `not run`, and the next one gets a new server."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from proof_doubles import proof_double
from usable_engines import usable

from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, engines_for, open_engine
from langgraph_dba.database.engines.base import Scratch
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.database.proofs import Subject, prove
from langgraph_dba.errors import EngineFailed
from langgraph_dba.evidence import CheckResult

SLEEP = {"postgresql": "SELECT pg_sleep(30)", "mariadb": "SELECT sleep(30)"}
TABLE = {"sqlite": "TEXT", "postgresql": "TEXT", "mariadb": "LONGTEXT"}


@pytest.fixture(params=SLEEP)
def private_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine with a server that no other test uses."""
    usable(request.param)
    engine = open_engine(request.param)
    yield engine
    engine.close()


def _kill_soon(engine: Engine) -> None:
    server = engine._running()  # type: ignore[attr-defined]
    threading.Timer(0.3, lambda: os.kill(server._process.pid, 9)).start()


def test_a_server_killed_in_a_statement_is_a_failure_and_is_replaced(private_engine: Engine) -> None:
    """`attempt` returns refusals, but raises this failure."""
    sleep = SLEEP[private_engine.traits.name]
    with (
        pytest.raises(EngineFailed, match="was lost"),
        private_engine.scratch("") as scratch,
        scratch.connect() as connection,
    ):
        _kill_soon(private_engine)
        connection.attempt((sleep, {}))

    with private_engine.scratch("CREATE TABLE t (id INTEGER);") as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM t").scalar == 0


def test_a_proof_whose_server_was_killed_is_not_run(
    private_engine: Engine, schema: Schema, ddl: dict[str, Ddl]
) -> None:
    def run(subject: Subject) -> CheckResult:
        with subject.scratch("") as scratch, scratch.connect() as connection:
            _kill_soon(private_engine)
            connection.run(SLEEP[private_engine.traits.name])
        return CheckResult((), "never", {})

    name = private_engine.traits.name

    (evidence,) = prove(schema, {name: ddl[name]}, {name: private_engine}, proofs=[proof_double("sleeping", run)])

    assert (evidence.state, "was lost" in evidence.reason) == ("not run", True)


@pytest.fixture(params=TABLE)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a usable engine; checking starts the shared engine, which must not be on the small disk."""
    return usable(request.param).traits.name


@pytest.fixture
def small_disk(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of 110 MB for private folders."""
    del name
    folder = Path(tempfile.mkdtemp(prefix="dba-small-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=110m,mode=711", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        folder.rmdir()
        pytest.skip("only an account that may mount can make a small disk")
    monkeypatch.setenv("LANGGRAPH_DBA_TMPDIR", str(folder))
    folder.chmod(0o711)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.heavy
def test_a_full_disk_is_a_failure_and_leaves_a_usable_engine(small_disk: Path, name: str) -> None:
    engine = open_engine(name)
    engine.version()  # starts the engine on the small disk
    noise = os.urandom(500_000).hex()

    def fill(scratch: Scratch) -> None:
        with scratch.connect() as connection:
            connection.load("t", ["x"], [(f"{number}{noise}",) for number in range(130)])

    with (
        pytest.raises(EngineFailed, match=r"room|space|full|lost"),
        engine.scratch(f"CREATE TABLE t (x {TABLE[name]});") as scratch,
    ):
        fill(scratch)
    with engine.scratch("CREATE TABLE t (id INTEGER);") as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM t").scalar == 0

    engine.close()
    assert not list(small_disk.iterdir())


def test_shared_engines_survive(engine: Engine) -> None:
    """The tests above broke only engines of their own."""
    assert engines_for([engine.traits.name])[engine.traits.name] is engine
    assert engine.version()
