"""What an agent wrote is tried out: only what was seen refutes, and nothing is left behind."""

import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from reaped_folder import is_reaped
from usable_engines import usable

from langgraph_dba.agents.backend_specialist.equality import migration_equal, models_equal
from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.agents.kit import generated_code_run as trials
from langgraph_dba.agents.kit.generated_code_run import check_on_engine, code_run
from langgraph_dba.agents.test_engineer.runs import red_then_green
from langgraph_dba.agents.test_engineer.suite import render_suite
from langgraph_dba.database.ddl.script import Ddl
from langgraph_dba.database.engines import Engine, open_engine
from langgraph_dba.database.engines.servers.private_folder import base
from langgraph_dba.database.model.schema import Schema
from langgraph_dba.errors import EngineUnavailable, OverLimit
from langgraph_dba.evidence import Claim, Evidence


@pytest.fixture(params=["postgresql", "mariadb"])
def own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine with a server that no other test uses."""
    usable(request.param)
    engine = open_engine(request.param)
    monkeypatch.setattr(trials, "engines_for", lambda names: dict.fromkeys(names, engine))
    yield engine
    engine.close()


def _models(schema: Schema, ddl: Ddl, engine: Engine, first: str) -> Evidence:
    return models_equal(schema, ddl, engine, f"{first}\n{render_models(schema, engine.traits)}")


def _migration(schema: Schema, ddl: Ddl, engine: Engine, first: str) -> Evidence:
    files = render_migration(schema, engine.traits)
    return migration_equal(schema, ddl, engine, files | {"env.py": f"{first}\n{files['env.py']}"})


def _suite(schema: Schema, ddl: Ddl, engine: Engine, first: str) -> Evidence:
    files = render_suite(schema, engine.traits)
    return red_then_green(schema, ddl, engine, files | {"conftest.py": f"{first}\n{files['conftest.py']}"})


# A trial can send no signal to a server: it asks for one, and waits.
_WAIT_FOR_ITS_END = """
import pathlib, time
pathlib.Path("dying").touch()
while not pathlib.Path("dead").exists():
    time.sleep(0.01)
"""


@contextmanager
def _killed_by_a_trial(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill a server as soon as a trial asks for it, and tell every trial that does."""
    ended = threading.Event()

    def answer() -> None:
        while not ended.wait(0.01):
            for asking in base().glob("dba-trial-*/dying"):
                server.kill()
                server.wait()
                with suppress(FileNotFoundError):
                    (asking.parent / "dead").touch()

    thread = threading.Thread(target=answer)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.parametrize("check", [_models, _migration, _suite])
def test_a_server_that_dies_under_a_trial_refutes_nothing(
    own: Engine, schema: Schema, ddl: dict[str, Ddl], check: object
) -> None:
    name = own.traits.name
    server = own._running()._process  # type: ignore[attr-defined]

    with _killed_by_a_trial(server):
        found = check_on_engine(
            Claim("it is so", "theirs"), name, lambda engine: check(schema, ddl[name], engine, _WAIT_FOR_ITS_END)  # type: ignore[operator]
        )  # fmt: skip

    assert found.state == "not run", found.reason
    assert "server" in found.reason


def test_an_engine_that_cannot_be_used_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "engines_for", lambda names: dict.fromkeys(names, EngineUnavailable("install it")))

    found = check_on_engine(Claim("it is so", "theirs"), "sqlite", lambda _: pytest.fail("there is no engine"))

    assert (found.state, found.reason) == ("not run", "install it")


def test_a_trial_without_an_end_is_over_its_limit(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_LIMIT_S", 0.5)

    with code_run(sqlite, {}, "", app_role="app") as made, pytest.raises(OverLimit, match="no answer"):
        made.run(["-c", "import time; time.sleep(60)"], {})


def test_nothing_of_the_users_environment_reaches_a_trial(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")

    with code_run(sqlite, {"deep/er.txt": "text"}, "", app_role="app") as made:
        done = made.run(["-c", "import os; print(sorted(os.environ), open('deep/er.txt').read())"], {"GIVEN": "1"})

    assert done.code == 0
    assert ["API_KEY" in done.output, "GIVEN" in done.output, "text" in done.output] == [False, True, True]
    assert not made.folder.exists()


def test_files_that_cannot_be_written_are_an_engine_that_cannot_be_used(sqlite: Engine) -> None:
    with (
        pytest.raises(EngineUnavailable, match="cannot be written"),
        code_run(sqlite, {"x" * 300: ""}, "", app_role="app"),
    ):
        pytest.fail("a name of 300 letters cannot be written")


@pytest.mark.parametrize("name", ["../stolen", "a/../../stolen", "/tmp/stolen"])
def test_a_file_outside_of_the_folder_is_not_written(sqlite: Engine, name: str) -> None:
    with (
        pytest.raises(EngineUnavailable, match="outside the folder"),
        code_run(sqlite, {name: ""}, "", app_role="app") as made,
    ):
        pytest.fail(f"it was written beside {made.folder}")


@pytest.mark.usefixtures("own_parent")
def test_the_folder_of_a_killed_trial_is_reaped() -> None:
    script = """
        import os
        from langgraph_dba.agents.kit.generated_code_run import code_run
        from langgraph_dba.database.engines import open_engine
        with code_run(open_engine("sqlite"), {"models.py": "x = 1"}, "", app_role="app") as made:
            print(made.folder, flush=True)
            os.kill(os.getpid(), 9)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    folder = Path(done.stdout.strip())
    assert folder.is_absolute()

    assert is_reaped(folder)
