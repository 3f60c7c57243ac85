"""Edited files are never overwritten, and an edited requirements.yaml makes a new run in the same folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from langgraph_dba.errors import SessionError
from langgraph_dba.graph.session.session_run import run_session

SHOP = "a shop with customers and orders"
HEAVY_MODULES = ("langgraph.graph", "langchain_core", "sqlalchemy", "sqlglot", "psycopg", "alembic")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "out"
    run_session(SHOP, out=out, engines=("sqlite",))
    return out


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "out"))


def _contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command; its error output ends with the modules that it imported."""
    code = (
        "import sys; from langgraph_dba.cli import main\n"
        "try: main()\n"
        f"finally: print([name for name in {HEAVY_MODULES} if name in sys.modules], file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, "session", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("edited", [["requirements.yaml"], ["schema.sqlite.sql", "models/sqlite.py"]])
def test_resume_refuses_to_overwrite_edited_files(out: Path, edited: list[str]) -> None:
    for name in edited:
        (out / name).write_text((out / name).read_text() + "\n# mine\n")
    before = _contents(out)

    done = _command("--resume", str(out))

    assert done.returncode == 2
    assert all(name in done.stderr for name in edited)
    assert f"--requirements {out}/requirements.yaml" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "[]", "refused after heavy imports"
    assert _contents(out) == before


def test_a_sentence_for_a_folder_in_use_is_refused_before_heavy_imports(out: Path) -> None:
    done = _command(SHOP, "--out", str(out))

    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "[]")


def test_a_deleted_file_is_written_again(out: Path) -> None:
    (out / "er.mmd").unlink()

    run_session(None, out=out, resume=True)

    assert (out / "er.mmd").exists()


def test_a_file_of_the_user_with_a_name_of_the_sessions_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def add(event: object) -> None:
        if "schema.json" in str(event):
            (out / "report.md").write_text("mine")

    with pytest.raises(SessionError, match=r"report\.md"):
        run_session(SHOP, out=out, engines=("sqlite",), progress=add)
    assert (out / "report.md").read_text() == "mine"


def test_edited_requirements_make_a_new_run_in_the_folder(out: Path) -> None:
    file = out / "requirements.yaml"
    file.write_text(
        file.read_text().replace(
            "- name: customer\n", "- name: ward\n    attributes: [{name: name}]\n  - name: customer\n", 1
        )
    )
    before = _contents(out)

    done = _command("--requirements", str(file), "--engine", "sqlite", "--json")

    assert done.returncode == 0, done.stderr
    assert "wards" in json.loads(done.stdout)["schema"]["tables"]
    assert "CREATE TABLE wards" in (out / "runs" / "2" / "schema.sqlite.sql").read_text()
    after = _contents(out)
    assert {name: after[name] for name in before} == before


@pytest.mark.heavy
def test_runs_are_numbered_and_the_newest_is_resumed(out: Path) -> None:
    runs = [run_session(out / "requirements.yaml", out=out, engines=("sqlite",)).out for _ in range(2)]

    assert runs == [out / "runs" / "2", out / "runs" / "3"]
    assert run_session(None, out=out, resume=True).out == runs[-1]


def test_runs_are_not_written_through_a_link(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (out / "runs").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SessionError, match="is a link"):
        run_session(out / "requirements.yaml", out=out, engines=("sqlite",))
    assert not list((tmp_path / "elsewhere").iterdir())
