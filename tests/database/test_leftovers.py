"""Folders and servers of a process are removed at its end; those of a killed process by the next one."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from reaped_folder import is_reaped
from usable_engines import usable

from langgraph_dba.database.engines.servers.private_folder import PrivateFolder, base, reap
from langgraph_dba.database.engines.servers.process_identity import ProcessIdentity, processes_in
from langgraph_dba.errors import EngineUnavailable

pytestmark = pytest.mark.usefixtures("own_parent")
SERVERS = {"postgresql": ("postgresql.server", "PostgresServer"), "mariadb": ("mariadb.server", "MariadbServer")}


def _killed(script: str) -> Path:
    """Run a script that prints a folder and kills itself; return the folder."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return Path(done.stdout.strip())


def _killed_server(engine: str, *, with_its_guard: bool) -> Path:
    usable(engine)
    module, kind = SERVERS[engine]
    return _killed(f"""
        import os
        from langgraph_dba.database.engines.{module} import {kind}
        server = {kind}()
        print(server.folder, flush=True)
        if {with_its_guard}:
            from langgraph_dba.database.engines.servers import private_folder
            for guard in (server._guard, *(guard for _, guard in private_folder._GUARDS.values())):
                os.kill(guard.pid, 9)
        os.kill(os.getpid(), 9)
    """)


def _disappears(folder: Path, within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not folder.exists()


@pytest.mark.parametrize("engine", SERVERS)
def test_a_server_ends_with_a_killed_process(engine: str) -> None:
    folder = _killed_server(engine, with_its_guard=False)

    assert folder.name.startswith("dba-")
    assert _disappears(folder)
    assert not processes_in(folder)


@pytest.mark.parametrize("engine", SERVERS)
def test_the_next_run_reaps_if_the_guard_was_killed_too(engine: str) -> None:
    folder = _killed_server(engine, with_its_guard=True)
    assert processes_in(folder), "the server must still run"

    assert is_reaped(folder)
    assert not processes_in(folder)


def test_the_file_of_a_killed_process_is_reaped() -> None:
    folder = _killed("""
        import os
        from langgraph_dba.database.engines.sqlite.engine import SqliteEngine
        with SqliteEngine().scratch("CREATE TABLE t (id INTEGER);") as scratch:
            assert scratch._path.name == "scratch.db" and scratch._path.exists()
            print(scratch._path.parent, flush=True)
            os.kill(os.getpid(), 9)
    """)

    assert is_reaped(folder)


@pytest.mark.parametrize("killed_in", ["os.write", "shutil.rmtree"])
@pytest.mark.parametrize("with_its_guard", [False, True])
def test_a_folder_that_a_killed_process_was_making_or_removing_is_removed(
    killed_in: str, *, with_its_guard: bool
) -> None:
    """It has no owner file yet, or not any more."""
    folder = _killed(f"""
        import os, shutil
        from pathlib import Path
        from langgraph_dba.database.engines.servers import private_folder

        def end(one, *_, **__):
            folder = Path(f"/proc/self/fd/{{one}}").readlink().parent if isinstance(one, int) else one
            folder.joinpath("owner").unlink()
            print(folder, flush=True)
            if {with_its_guard}:
                for _, guard in private_folder._GUARDS.values():
                    os.kill(guard.pid, 9)
            os.kill(os.getpid(), 9)

        {killed_in} = end
        private_folder.PrivateFolder("dba-sqlite-").remove()
    """)

    assert folder.is_relative_to(base())
    assert is_reaped(folder) if with_its_guard else _disappears(folder)


def test_a_folder_with_a_running_owner_stays() -> None:
    folder = PrivateFolder("dba-sqlite-")

    assert folder.path not in reap()

    assert folder.path.exists()
    folder.remove()
    assert not folder.path.exists()


def test_a_folder_with_a_running_owner_and_without_a_lock_stays() -> None:
    folder = PrivateFolder("dba-sqlite-")
    os.close(folder._lock)
    folder._lock = -1

    assert folder.path not in reap()
    folder.remove()


def test_a_folder_without_owner_is_removed_if_it_is_old_and_unused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from langgraph_dba.database.engines.servers import private_folder

    monkeypatch.setattr(private_folder, "base", lambda: tmp_path)
    young, old, other = (tmp_path / name for name in ("dba-pg-young", "dba-my-old", "somebody-elses"))
    for folder in (young, old, other):
        folder.mkdir()
    for folder in (old, other):
        os.utime(folder, (1_000_000_000, 1_000_000_000))

    assert reap() == [old]
    assert young.exists()
    assert other.exists()


def test_a_process_with_a_reused_pid_is_another_one() -> None:
    this = ProcessIdentity.current()

    assert this.is_running
    assert ProcessIdentity.parse(str(this)) == this
    assert not ProcessIdentity(this.pid, this.start_time + "1").is_running
    assert ProcessIdentity.parse("no owner") is None


def test_an_unusable_temporary_folder_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    monkeypatch.setenv("LANGGRAPH_DBA_TMPDIR", str(deep))
    with pytest.raises(EngineUnavailable, match="too long for a Unix socket"):
        base()

    monkeypatch.setenv("LANGGRAPH_DBA_TMPDIR", str(tmp_path / "nowhere"))
    with pytest.raises(EngineUnavailable, match="is not a folder"):
        base()
