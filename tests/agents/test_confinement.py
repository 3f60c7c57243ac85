"""Generated code can change nothing but its folder and its database, and reach nothing else."""

import json
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_dba.agents.backend_specialist.equality import models_equal
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.kit import generated_code_run as runs
from langgraph_dba.agents.kit.fork_server import FORK_SERVER, Reach
from langgraph_dba.agents.kit.generated_code_run import _reach, code_run
from langgraph_dba.confinement import FILE_BYTES, MEMORY_BYTES, unenforced
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.servers.private_folder import base
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import OverLimit

confined = pytest.mark.skipif(bool(unenforced()), reason=f"this machine cannot forbid {', '.join(unenforced())}")


def _output(engine: Engine, code: str) -> str:
    with code_run(engine, {}, "", app_role="app") as made:
        return made.run(["-c", code], {}).output


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder on the file system of the private folders: between two of them, nothing can be renamed anyway."""
    with tempfile.TemporaryDirectory(dir=base()) as name:
        yield Path(name)


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a server on this machine."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


@confined
@pytest.mark.parametrize(
    "code",
    [
        "open({0!r} + '/new', 'w')",
        "open({0!r} + '/victim', 'a')",
        "os.truncate({0!r} + '/victim', 0)",
        "os.remove({0!r} + '/victim')",
        "os.rename({0!r} + '/victim', 'mine')",
        "os.rename('own', {0!r} + '/victim')",
        "os.link('own', {0!r} + '/new')",
        "os.symlink('own', {0!r} + '/new')",
        "os.mkdir({0!r} + '/new')",
        "subprocess.run(['sh', '-c', 'echo x > {0}/new'], check=True)",
        "pathlib.Path('link').symlink_to({0!r}); open('link/new', 'w')",
        "sqlite3.connect({0!r} + '/new').execute('CREATE TABLE t (a)')",
    ],
)
def test_nothing_outside_of_the_folder_is_changed(sqlite: Engine, outside: Path, code: str) -> None:
    (outside / "victim").write_text("somebody else's")
    start = "import os, pathlib, sqlite3, subprocess; pathlib.Path('own').write_text('x')\n"

    output = _output(sqlite, start + code.format(str(outside)))

    assert any(word in output for word in ("PermissionError", "CalledProcessError", "unable to open")), output
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"victim": "somebody else's"}


@confined
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_UNIX"])
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW"])
def test_without_a_server_there_is_no_socket(sqlite: Engine, family: str, kind: str) -> None:
    assert "Operation not permitted" in _output(sqlite, f"import socket as s; s.socket(s.{family}, s.{kind})")


@confined
def test_with_a_unix_socket_there_is_no_other_kind(tmp_path: Path) -> None:
    code = "import socket as s\ns.socket(s.AF_UNIX); s.socketpair(); print('first', flush=True)\ns.socket(s.AF_INET)"

    FORK_SERVER.run(
        ["-c", code], folder=tmp_path, output=tmp_path / "out", environment={}, limit_s=20,
        reach=Reach(unix_sockets=True),
    )  # fmt: skip

    printed = (tmp_path / "out").read_text()
    assert printed.startswith("first\n")
    assert "Operation not permitted" in printed


@confined
def test_only_its_own_children_get_signals(sqlite: Engine) -> None:
    code = """
import os, signal, subprocess
child = subprocess.Popen(["sleep", "60"])
child.kill()
print(child.wait(), flush=True)
os.kill(PID, 0)
"""

    output = _output(sqlite, code.replace("PID", str(os.getpid())))

    assert output.startswith(f"{-signal.SIGKILL}\n")
    assert "Operation not permitted" in output


@confined
def test_only_the_port_of_the_server_is_reached(tmp_path: Path, listening: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code = (
            f"import socket\nsocket.create_connection(('127.0.0.1', {listening}), 5).close()\n"
            "print('first', flush=True)\n"
            f"socket.create_connection(('127.0.0.1', {other.getsockname()[1]}), 5)"
        )

        FORK_SERVER.run(
            ["-c", code], folder=tmp_path, output=tmp_path / "out", environment={}, limit_s=20,
            reach=Reach(ports=(listening,)),
        )  # fmt: skip

    printed = (tmp_path / "out").read_text()
    assert printed.startswith("first\n")
    assert "PermissionError" in printed


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("sqlite:////dev/shm/dba-sqlite-x/scratch.db", Reach(folders=(Path("/dev/shm/dba-sqlite-x"),))),
        ("postgresql+psycopg://u:p@/d?host=%2Fdev%2Fshm%2Fdba-pg-x", Reach(unix_sockets=True)),
        ("postgresql+psycopg://u:p@/d", Reach(unix_sockets=True)),
        ("postgresql+psycopg://u:p@/d?host=db.example.com&port=6432", Reach(ports=(6432,))),
        ("postgresql+psycopg://u:p@/d?host=a,b&port=6432,6433", Reach(ports=(6432, 6433))),
        ("postgresql+psycopg://u:p@/d?host=db.example.com", Reach(ports=(5432, 3306))),
        ("mariadb+pymysql://u:p@db:3307/d?charset=utf8mb4", Reach(ports=(3307,))),
        ("mariadb+pymysql://u:p@/d?charset=utf8mb4&unix_socket=%2Fdev%2Fshm%2Fs", Reach(unix_sockets=True)),
    ],
)
def test_a_url_says_what_a_process_needs(url: str, reach: Reach) -> None:
    assert _reach(url) == reach


def test_its_home_is_empty_and_its_environment_a_list(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICEFILE", "/somewhere")
    code = (
        "import os, json, tempfile; h = os.environ['HOME']; print(json.dumps([sorted(os.environ), os.listdir(h), h]))"
    )

    names, files, home = json.loads(_output(sqlite, code))

    assert set(names) <= {
        "PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "HOME",
        "TMPDIR",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUTF8",
    }
    assert files == []
    assert Path(home).parent.name.startswith("dba-trial-")


def test_its_resources_are_limited(sqlite: Engine) -> None:
    names = ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_CORE")
    code = f"import resource as r; print([r.getrlimit(getattr(r, name)) for name in {names}])"

    limits = [MEMORY_BYTES, FILE_BYTES, 180, 0]

    assert _output(sqlite, code) == f"{[(limit, limit) for limit in limits]}\n"


def test_code_that_takes_too_much_memory_refutes_nothing(sqlite: Engine) -> None:
    with pytest.raises(OverLimit, match="2048 MiB"):
        _output(sqlite, "bytearray(3 * 1024**3)")


def test_evidence_states_what_the_machine_cannot_forbid(
    sqlite: Engine, schema: Schema, ddl: dict[str, Ddl], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "unenforced", lambda: ("other sockets",))

    evidence = models_equal(schema, ddl["sqlite"], sqlite, render_models(schema, sqlite.traits))

    assert evidence.state == "supported"
    assert evidence.receipt.numbers["not confined"] == ["other sockets"]
