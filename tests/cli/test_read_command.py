"""The command `read`: one statement through the wall of `open_live`."""

import json
import re
import shlex
import sqlite3
from pathlib import Path

import pytest
from command_line import run

from langgraph_dba.database.engines import Engine

FUNCTION = """
CREATE TABLE orders (id int PRIMARY KEY, note text);
INSERT INTO orders VALUES (1, 'first'), (2, NULL);
CREATE FUNCTION label(id int) RETURNS text LANGUAGE plpgsql
AS $$ BEGIN EXECUTE 'SELECT 1'; RETURN 'order ' || id; END $$;
GRANT SELECT ON orders TO app_user;
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as link:
        link.executescript(
            "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, '\x1b[2J')"
        )
    link.close()
    return path


def test_rows_are_printed_without_control_characters(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "read", str(shop), "SELECT a, b FROM t ORDER BY a") == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["a", "b"], ["1", "x"], ["2", "NULL"], ["3", "\\u001b[2J"], ["3", "rows"]]


def test_rows_are_one_json_document(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "read", str(shop), "SELECT a, b FROM t WHERE a < 3", "--json") == 0

    assert json.loads(capsys.readouterr().out) == {"columns": ["a", "b"], "rows": [[1, "x"], [2, None]]}


@pytest.mark.parametrize(
    "sql", ["DELETE FROM t", "SELECT 1; DELETE FROM t", "PRAGMA user_version = 5", "", "SELECT nothing"]
)
def test_what_is_no_read_ends_with_two_and_changes_nothing(
    sql: str, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shop.read_bytes()

    assert run(monkeypatch, "read", str(shop), sql) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("langgraph-dba: ")
    assert shop.read_bytes() == before


def test_a_result_over_a_limit_is_an_error_that_names_the_option(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "read", str(shop), "SELECT a FROM t", "--rows", "2") == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--rows" in printed.err


def test_a_refusal_names_the_option_that_permits_the_function(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the message says is typed as it stands."""
    with postgresql.scratch(FUNCTION) as scratch:
        url, sql = scratch.url("app"), "SELECT label(id) FROM orders ORDER BY id"

        assert run(monkeypatch, "read", url, sql) == 2
        option = re.search(r"--trust-function '[^']*'", capsys.readouterr().err)
        assert option

        assert run(monkeypatch, "read", url, sql, *shlex.split(option[0])) == 0
        assert "order 2" in capsys.readouterr().out


def test_a_login_that_may_write_is_refused(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgresql.scratch(FUNCTION) as scratch:
        url = scratch.url("superuser")

        assert run(monkeypatch, "read", url, "SELECT 1") == 2
        assert "--trust-role" in capsys.readouterr().err

        assert run(monkeypatch, "read", url, "SELECT 1", "--trust-role") == 0
