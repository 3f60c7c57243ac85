"""No control character of a text reaches the terminal."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from langgraph_dba.cli.terminal import console, filtered_output, visible

HOSTILE = "a\x1b[2J\x07\r\x9b\x7f\u202eb\tc\nd\ud800"
VISIBLE = "a\\u001b[2J\\u0007\\u000d\\u009b\\u007f\\u202eb\tc\nd\\ud800"


def test_control_characters_become_escapes() -> None:
    assert visible(HOSTILE) == VISIBLE
    assert visible("größer, 大きい, 🙂 and … stay") == "größer, 大きい, 🙂 and … stay"


def test_a_document_reads_back_as_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"name": "a\x7f\x9b\u202eb"}

    with filtered_output():
        sys.stdout.write(json.dumps(data, ensure_ascii=False))

    printed = capsys.readouterr().out
    assert "\\u007f\\u009b\\u202e" in printed
    assert json.loads(printed) == data


def test_what_others_print_and_log_is_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    with filtered_output():
        sys.stdout.write(f"{HOSTILE}\n")
        logging.lastResort.emit(logging.makeLogRecord({"msg": HOSTILE}))  # type: ignore[union-attr]

    printed = capsys.readouterr()
    assert printed.out == f"{VISIBLE}\n"
    assert printed.err == f"{VISIBLE}\n"


@pytest.mark.parametrize("stderr", [True, False])
def test_colours_stay_and_escapes_in_texts_do_not(capsys: pytest.CaptureFixture[str], *, stderr: bool) -> None:
    with filtered_output():
        console(stderr=stderr, force_terminal=True, color_system="standard").print(Text("x\x1b[2Jy", "red"))

    assert "".join(capsys.readouterr()) == "\x1b[31mx\\u001b[2Jy\x1b[0m\n"


def test_commands_print_by_the_filter_alone() -> None:
    folder = Path(__file__).parents[2] / "src/langgraph_dba/cli"
    sources = {path.name: path.read_text() for path in folder.glob("*.py") if path.name != "terminal.py"}

    assert [name for name, text in sources.items() if "rich.console" in text or "sys.__std" in text] == []


def test_libraries_of_the_working_directory_are_not_imported(tmp_path: Path) -> None:
    for name in ("typer", "rich", "sqlalchemy", "yaml"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'w')")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}

    done = subprocess.run(
        [sys.executable, "-m", "langgraph_dba", "team", "check"], cwd=tmp_path, env=environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, (tmp_path / "marker").exists()) == (0, False), done.stderr
