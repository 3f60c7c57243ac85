"""Limits of reads hold: memory stays near the limit, and no statement, and no parser, runs long after its time."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database import Limits, open_live
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.live.live_database import LiveDatabase
from langgraph_dba.database.engines.mariadb.live import MariadbReader
from langgraph_dba.deadlines import Interrupted, interrupted_after
from langgraph_dba.errors import DbaError, EngineError, OverLimit

pytestmark = pytest.mark.slow

_MIB = 1024 * 1024
_RESULTS = {
    "wide rows": "{text}",
    "wide rows after short ones": "CASE WHEN n < 980 THEN '' ELSE {text} END",
    "rows of a kilobyte": "{short}",
    "numbers": "n",
}
_TEXTS = {
    "postgresql": ("repeat('x', 10000000)", "repeat('x', 1000)"),
    "mariadb": ("repeat('x', 10000000)", "repeat('x', 1000)"),
    "sqlite": ("hex(zeroblob(5000000))", "hex(zeroblob(500))"),
}
# Prints the peak of the memory above what was used before, in MiB, and the error.
_READ = """
import sys
from langgraph_dba.database import Limits, open_live

def peak_kib():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

limits = Limits(rows=10**9, size_bytes=8 * 1024 * 1024, time_s=20)
with open_live(sys.argv[1], trust_role=True, limits=limits) as live:
    live.read("SELECT 1")
    open("/proc/self/clear_refs", "w").write("5")
    before = peak_kib()
    try:
        live.read(sys.argv[2])
    except Exception as error:
        print((peak_kib() - before) // 1024, error)
"""


def _rows(name: str, count: int) -> str:
    """Return the start of a statement that calculates rows `r (n)` while it sends them."""
    if name == "mariadb":
        return f"WITH r AS (SELECT seq AS n FROM seq_1_to_{count}) "
    return f"WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {count}) "


def _url(engine: Engine, name: str) -> Iterator[str]:
    with engine.scratch() as scratch:
        yield scratch.url("app" if name == "postgresql" else "owner")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory is reset through /proc")
@pytest.mark.parametrize("name", _TEXTS)
@pytest.mark.parametrize("value", _RESULTS.values(), ids=_RESULTS)
def test_memory_exceeds_the_limit_by_few_copies_of_one_row(name: str, value: str) -> None:
    """The limit is 8 MiB and a row has 10 MB: a few copies of it may exist, of the driver and of Python."""
    text, short = _TEXTS[name]
    sql = f"{_rows(name, 10_000_000)}SELECT {value.format(text=text, short=short)} AS v FROM r"

    for url in _url(usable(name), name):
        done = subprocess.run([sys.executable, "-c", _READ, url, sql], capture_output=True, text=True, check=True)

    used, _, error = done.stdout.partition(" ")
    assert error.startswith("over the limit of 8,388,608 bytes of result")
    assert int(used) < 80


_LONG: dict[str, str | dict[str, str]] = {
    "streamed rows": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
    "one step": {"sqlite": "SELECT instr(hex(zeroblob(15000000)), hex(zeroblob(5000000)) || 'a')"},
    "planning": {
        "postgresql": "SELECT 1 FROM pg_class a" + "".join(f" JOIN pg_class a{i} USING (oid)" for i in range(300))
    },
    "many terms": "SELECT " + "+".join(["1"] * 99_000),
    "many columns": "SELECT " + ",".join(["a"] * 99_000) + " FROM big",
    "a list": "SELECT 1 IN (" + ",".join(["1"] * 99_000) + ")",
    "nested calls": "SELECT " + "abs(" * 39_000 + "1" + ")" * 39_000,
    "a megabyte": "SELECT '" + "x" * 1_000_000 + "'",
}


@pytest.mark.parametrize("name", _TEXTS)
def test_a_statement_ends_soon_after_its_time_limit_wherever_it_spends_the_time(name: str) -> None:
    limits = Limits(rows=10**9, size_bytes=1024 * _MIB, time_s=0.2)
    late: dict[str, float] = {}
    for url in _url(usable(name), name):
        with open_live(url, trust_role=True, limits=limits) as live:
            assert _answers(live)
            for what, sql in _LONG.items():
                text = sql if isinstance(sql, str) else sql.get(name, "SELECT 1")
                began = time.monotonic()
                with suppress(EngineError):
                    live.read(text)
                if (took := time.monotonic() - began) > 5:
                    late[what] = took
                assert _answers(live)
    assert late == {}


@pytest.mark.server
def test_a_statement_that_nothing_could_cancel_ends_with_its_connection(
    mariadb: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy server may not accept the connections that cancel a statement before the client gives up."""
    kill = MariadbReader._kill
    monkeypatch.setattr(
        MariadbReader, "_kill", lambda self, what="QUERY", step_s=1.0: what != "QUERY" and kill(self, what, step_s)
    )
    sleeping = "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SET STATEMENT%SLEEP%'"

    with mariadb.scratch() as scratch, scratch.connect("superuser") as superuser:
        with open_live(scratch.url("owner"), trust_role=True, limits=Limits(time_s=0.4)) as live:
            with pytest.raises(OverLimit):
                live.without_parsing().run("SET STATEMENT max_statement_time = 0 FOR SELECT SLEEP(30)")

            assert superuser.run(sleeping).scalar == 0


def _answers(live: LiveDatabase) -> bool:
    """Return whether a connection answers; on a busy machine a short statement may exceed the short limit too."""
    for _ in range(20):
        with suppress(OverLimit):
            return live.read("SELECT 1").rows == ((1,),)
    return False


def test_a_helper_that_needs_too_much_memory_ends_with_that_reason() -> None:
    limits = Limits(size_bytes=1024 * _MIB, memory_bytes=100 * _MIB)
    for url in _url(usable("sqlite"), "sqlite"):
        with open_live(url, limits=limits) as live:
            with pytest.raises(OverLimit, match="over the limit of 104,857,600 bytes of memory"):
                live.read("SELECT length(hex(zeroblob(300000000)))")
            assert live.read("SELECT 1").rows == ((1,),)


@pytest.mark.server
def test_rows_larger_than_all_before_are_read_completely() -> None:
    """A result within the limits is read a second time if its memory grows too fast: no row is lost or doubled."""
    sql = _rows("postgresql", 3_000) + "SELECT n, repeat('x', CASE WHEN n > 2000 THEN 50000 ELSE 1 END) FROM r"
    for url in _url(usable("postgresql"), "postgresql"):
        with open_live(url, trust_role=True, limits=Limits(size_bytes=200 * _MIB)) as live:
            rows = live.read(sql).rows

    assert [row[0] for row in rows] == list(range(1, 3001))
    assert {len(row[1]) for row in rows} == {1, 50_000}


@pytest.mark.server
def test_an_error_that_quotes_a_long_value_is_short() -> None:
    for url in _url(usable("postgresql"), "postgresql"):
        with open_live(url, trust_role=True) as live, pytest.raises(DbaError, match="invalid input syntax") as caught:
            live.read("SELECT ('x' || repeat('y', 1000000))::int")

    assert len(str(caught.value)) < 5_000


def test_a_computation_is_interrupted_once_and_only_if_it_is_late() -> None:
    with interrupted_after(5):
        pass
    with pytest.raises(Interrupted), interrupted_after(0.05):
        while True:
            pass
    with pytest.raises(Interrupted), interrupted_after(0.01):
        time.sleep(0.2)  # nothing can be interrupted here: it is late at the end
    for _ in range(10_000):
        pass


def test_a_late_error_is_late_too() -> None:
    with pytest.raises(Interrupted), interrupted_after(0.01):
        try:
            time.sleep(0.2)
        finally:
            raise ValueError
