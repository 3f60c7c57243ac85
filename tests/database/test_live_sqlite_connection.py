"""The connection to an SQLite file that is kept between reads shows each change, and keeps no lock, log or limit."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from langgraph_dba.database import Limits, open_live


@pytest.fixture(params=["delete", "wal"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a file that nobody has changed for an hour, so that its connection is kept."""
    with closing(sqlite3.connect(tmp_path / "kept.db")) as link:
        link.execute(f"PRAGMA journal_mode = {request.param}")
        link.executescript("CREATE TABLE t (n); INSERT INTO t VALUES (1)")
    return _aged(tmp_path / "kept.db")


def _aged(path: Path) -> Path:
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))
    return path


def _changed(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as link:
        link.executescript(sql)


def test_each_read_shows_what_was_committed_before(path: Path) -> None:
    with open_live(str(path)) as live:
        for number in range(2, 6):
            assert live.read("SELECT count(*) FROM t").scalar == number - 1
            _changed(path, f"INSERT INTO t VALUES ({number})")
        _changed(path, "DROP TABLE t; CREATE TABLE t (a, b); INSERT INTO t VALUES (7, 8)")

        assert live.read("SELECT * FROM t").rows == ((7, 8),)


def test_another_file_at_the_same_path_is_read(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    _changed(other, "CREATE TABLE t (n); INSERT INTO t VALUES (2)")
    with open_live(str(path)) as live:
        assert live.read("SELECT n FROM t").scalar == 1

        _aged(other).replace(path)

        assert live.read("SELECT n FROM t").scalar == 2


def test_an_r_tree_that_is_created_between_two_reads_is_read(path: Path) -> None:
    with open_live(str(path)) as live:
        assert live.read("SELECT n FROM t").scalar == 1
        _changed(path, "CREATE VIRTUAL TABLE box USING rtree(id, x0, x1); INSERT INTO box VALUES (1, 0, 2)")

        assert live.read("SELECT id FROM box WHERE x1 > 1").scalar == 1


def test_the_owner_can_lock_the_file_and_remove_its_log(path: Path) -> None:
    with open_live(str(path)) as live:
        assert live.read("SELECT n FROM t").scalar == 1
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as owner:
            owner.execute("BEGIN EXCLUSIVE")
            owner.execute("INSERT INTO t VALUES (2)")
            owner.execute("COMMIT")
            assert live.read("SELECT count(*) FROM t").scalar == 2

        assert [one.name for one in path.parent.iterdir()] == ["kept.db"]


def test_limits_are_those_of_each_statement(path: Path) -> None:
    with open_live(str(path), limits=Limits(rows=10)) as live:
        assert live.read("SELECT length(hex(zeroblob(1000)))").scalar == 2000
        live.limits = Limits(size_bytes=500)
        with pytest.raises(Exception, match="over the limit of 500 bytes"):
            live.read("SELECT length(hex(zeroblob(1000)))")
        live.limits = Limits(time_s=0.2)
        with pytest.raises(Exception, match=r"over the limit of 0\.2 s"):
            live.read("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r")
        live.limits = Limits()
        assert live.read("SELECT length(hex(zeroblob(1000)))").scalar == 2000


def test_text_that_is_not_utf_8_is_read_with_a_replacement_character(path: Path) -> None:
    _changed(
        path, "INSERT INTO t SELECT value FROM json_each('[2, 3, 4]'); INSERT INTO t VALUES (CAST(x'61ff' AS TEXT))"
    )
    with open_live(str(path)) as live:
        for _ in range(2):
            assert live.read("SELECT n FROM t").rows == ((1,), (2,), (3,), (4,), ("a\ufffd",))


@pytest.mark.parametrize(
    ("short", "wide", "width"), [(5_000, 300, 500_000), (5_000, 30, 5_000_000), (0, 30, 5_000_000)]
)
def test_wide_rows_after_short_ones_need_no_more_memory_than_one_of_them(
    path: Path, short: int, wide: int, width: int
) -> None:
    limits = Limits(size_bytes=1 << 30, memory_bytes=100 * 1024 * 1024)
    sql = (
        f"WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {short + wide}) "
        f"SELECT n, CASE WHEN n > {short} THEN hex(zeroblob({width})) ELSE '' END FROM r"
    )
    with open_live(str(path), limits=limits) as live:
        rows = live.read(sql).rows

    assert [row[0] for row in rows] == list(range(1, short + wide + 1))
    assert sum(len(row[1]) for row in rows) == 2 * width * wide
