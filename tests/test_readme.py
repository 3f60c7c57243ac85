"""The README's examples run, and its output is what comes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from langgraph_dba.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOUBLE_QUOTED = re.compile(r'session "(I need[^"]*)"')


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["langgraph-dba", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The README's session, and the request it makes."""
    found = DOUBLE_QUOTED.search(README)
    assert found
    return tmp_path_factory.mktemp("readme"), found.group(1)


@pytest.mark.parametrize("number", range(len(_blocks("python"))))
def test_python_examples_run(number: int) -> None:
    """Each in an interpreter of its own: what a test before it has imported can hide an error."""
    command = [sys.executable, "-c", _blocks("python")[number]]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                          capture_output=True, text=True, check=False)  # fmt: skip

    assert done.returncode == 0, done.stderr


def test_team_check_prints_what_the_readme_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = next(block for block in _blocks("console") if "team check" in block)

    assert _run(monkeypatch, "team", "check") == 0
    assert capsys.readouterr().out == shown.partition("\n")[2]


def test_the_session_and_the_broken_policy_print_what_the_readme_shows(
    session: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, request = session
    monkeypatch.chdir(folder)
    lines = next(block for block in _blocks("console") if block.startswith("Session"))
    proved = next(block for block in _blocks("console") if "refuted" in block and "reads a row" in block)

    assert _run(monkeypatch, "session", request) == 0
    assert capsys.readouterr().out == lines

    statements = Path("dba-out/schema.postgresql.sql")
    # what the README's sed does: from the line that begins with the policy to the next one that ends with a semicolon
    text, count = re.subn(r"(?ms)^CREATE POLICY tasks_tenant.*?;$\n", "", statements.read_text())
    assert count == 1
    statements.write_text(text)

    assert _run(monkeypatch, "prove", "dba-out", "--claim", "tenant-isolation") == 1
    assert capsys.readouterr().out == proved


def test_every_file_that_the_readme_names_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 120
