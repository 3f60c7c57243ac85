"""What `read` prints: strict JSON, one line for each row, and one line on stderr if it cannot print or open."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import run

from langgraph_dba.database import open_live
from langgraph_dba.database.engines import Engine
from langgraph_dba.errors import InputError

BROKEN_PIPE = "langgraph-dba: the output cannot be written: Broken pipe\n"
FULL = "langgraph-dba: the output cannot be written: No space left on device\n"
COMMANDS = {
    "table": ["read", "{file}", "SELECT 1"],
    "json": ["read", "{file}", "SELECT 1", "--json"],
    "many rows": [
        "read", "{file}", "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 9000) SELECT * FROM r",
        "--rows", "10000",
    ],
    "help": ["--help"],
    "version": ["--version"],
    "team": ["team", "check"],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "a.db").touch()
    return str(tmp_path / "a.db")


def no_constant(name: str) -> None:
    pytest.fail(f"{name} is not strict JSON")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_full_device_and_a_closed_pipe_are_one_line(command: list[str], file: str, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "langgraph_dba", *(part.format(file=file) for part in command)]
    reader, pipe = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    for output, message in ((full, FULL), (pipe, BROKEN_PIPE)):
        done = subprocess.run(arguments, stdout=output, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path)
        os.close(output)

        assert (done.returncode, done.stderr) == (1, message)


def test_an_error_that_cannot_be_printed_keeps_its_exit_code(file: str) -> None:
    arguments = [sys.executable, "-m", "langgraph_dba", "read", file, "DELETE FROM t"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        assert subprocess.run(arguments, stdout=full, stderr=full, check=False).returncode == 2


def test_a_closed_output_is_one_line(file: str) -> None:
    line = f"{sys.executable} -m langgraph_dba read '{file}' 'SELECT 1'"

    done = subprocess.run(["sh", "-c", f"{line} >&-"], stderr=subprocess.PIPE, text=True, check=False)

    assert done.stderr == "langgraph-dba: the output cannot be written: Bad file descriptor\n"
    assert done.returncode == 1
    assert subprocess.run(["sh", "-c", f"{line} 2>&-"], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_json_is_strict(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = r"""SELECT 'NaN'::float, 'inf'::float, '-inf'::float4, 'NaN'::numeric, '\x00ff'::bytea,
        ARRAY['NaN'::float, 1], ARRAY['\x01'::bytea], 'infinity'::date, '{"a": [1.5]}'::jsonb"""
    with postgresql.scratch() as scratch:
        assert run(monkeypatch, "read", scratch.url("superuser"), sql, "--json", "--trust-role") == 0

    rows = json.loads(capsys.readouterr().out, parse_constant=no_constant)["rows"]
    assert rows == [
        ["NaN", "Infinity", "-Infinity", "NaN", r"\x00ff", ["NaN", 1.0], [r"\x01"], "infinity", {"a": [1.5]}]
    ]


def test_each_row_of_the_table_is_one_line(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT 'a' || char(10) || 'b' || char(8232) AS \"c\nd\", x'00ff' AS e"

    assert run(monkeypatch, "read", file, sql) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [["c\\nd", "e"], ["a\\nb\\u2028", "\\x00ff"], ["1", "row"]]


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e12", "1e300", "86400.5", "-inf", "0"])
def test_seconds_have_a_maximum(
    seconds: str, file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "read", file, "SELECT 1", "--seconds", seconds) == 2

    assert "Invalid value for '--seconds'" in capsys.readouterr().err


def test_what_is_no_regular_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (str(tmp_path), str(tmp_path / "fifo"), "/dev/null"):
        assert run(monkeypatch, "read", path, "SELECT 1") == 2
        assert capsys.readouterr().err == f"langgraph-dba: {path} is not a regular file\n"


@pytest.mark.parametrize("url", ["", "  "])
def test_an_empty_url_is_named(url: str) -> None:
    with pytest.raises(InputError, match="URL is empty"):
        open_live(url)


@pytest.mark.parametrize("name", ["nope((", "", "a b", "f(", "f)", "a.b.c.d", "f(int); x"])
def test_what_is_no_name_of_a_function_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError, match="is not the name of a function"):
        open_live("postgresql://a@127.0.0.1:1/x", trusted_functions=[name])


@pytest.mark.parametrize(
    "name", ["f", "public.f", "public.f(integer)", 'public."F (x)"("my (type)", numeric[])', "f()", "db.`a b`"]
)
def test_a_name_or_a_signature_of_a_function_is_accepted(name: str) -> None:
    with pytest.raises(InputError, match="has no functions of its own"):
        open_live("a.db", trusted_functions=[name])
