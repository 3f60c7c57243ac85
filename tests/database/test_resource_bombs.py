"""Foreign SQL that exhausts memory, disk or time: each is cancelled at its limit, and the engine stays usable."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.database.engines import Engine, Rejected
from langgraph_dba.database.engines.servers.watchdog import Bounds, family, private_bytes
from langgraph_dba.database.engines.sqlite.connection import SqliteConnection
from langgraph_dba.database.engines.time_limit import budget
from langgraph_dba.errors import EngineError, OverBudget, OverLimit

pytestmark = pytest.mark.heavy
_MIB = 1024 * 1024
BOUNDS = Bounds(memory_bytes=400 * _MIB, disk_bytes=300 * _MIB)
TABLES = "CREATE TABLE t (n INTEGER, x TEXT);"


@pytest.fixture(scope="module")
def small() -> Iterator[dict[str, Engine]]:
    """Engines with private servers and small limits."""
    from langgraph_dba.database.engines.mariadb.engine import MariadbEngine
    from langgraph_dba.database.engines.postgresql.engine import PostgresEngine

    for name in ("postgresql", "mariadb"):
        usable(name)
    engines: dict[str, Engine] = {"postgresql": PostgresEngine(BOUNDS), "mariadb": MariadbEngine(BOUNDS)}
    yield engines
    for engine in engines.values():
        engine.close()


# 200 texts that grow together: the server notices the signal between two rows, which a text of 1 GB alone delays.
LONG_TEXTS = (
    "SELECT max(length(x)) FROM (SELECT string_agg(repeat('x', 1000000), '') AS x "
    "FROM generate_series(1, 100000) g GROUP BY g % 200) s"
)
HEAVY_STATEMENTS = {
    "text": (
        "postgresql",
        [LONG_TEXTS],
        "memory",
    ),
    "array": (
        "postgresql",
        ["SELECT cardinality(array_agg(repeat(md5(g::text), 20))) FROM (SELECT generate_series(1, 100000000) g) s"],
        "memory",
    ),
    "hash join": (
        "postgresql",
        [
            "SET work_mem = '64GB'",
            "SELECT count(*) FROM generate_series(1, 50000000) a (n) JOIN generate_series(1, 50000000) b (n) USING (n)",
        ],
        "memory",
    ),
    "limits lifted by the role itself": (
        "postgresql",
        [
            "ALTER ROLE CURRENT_USER SET statement_timeout = 0",
            "SET statement_timeout = 0",
            LONG_TEXTS,
        ],
        "memory",
    ),
    "disk": (
        "postgresql",
        ["INSERT INTO t SELECT g, repeat(md5(random()::text), 30) FROM generate_series(1, 100000000) g"],
        "disk",
    ),
    "temporary files": (
        "postgresql",
        ["SELECT count(*) FROM (SELECT md5(g::text) FROM generate_series(1, 200000000) g ORDER BY 1) x"],
        "disk",
    ),
    "MariaDB's disk": (
        "mariadb",
        ["INSERT INTO t SELECT seq, REPEAT(MD5(seq), 30) FROM seq_1_to_100000000"],
        "disk",
    ),
    "MariaDB's memory": (
        "mariadb",
        [
            "SET SESSION max_heap_table_size = 4294967296",
            "CREATE TABLE m (x CHAR(250)) ENGINE = MEMORY SELECT MD5(seq) AS x FROM seq_1_to_100000000",
        ],
        "memory",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "of"), HEAVY_STATEMENTS.values(), ids=HEAVY_STATEMENTS)
def test_a_heavy_connection_is_terminated_and_the_next_one_works(
    small: dict[str, Engine], name: str, steps: list[str], of: str
) -> None:
    with small[name].scratch(TABLES) as scratch:
        began = time.monotonic()
        with pytest.raises(OverLimit, match=f"over the limit of [0-9,]+ bytes of {of}: the connection was terminated"):
            with scratch.connect() as connection, budget(100):
                for step in steps:
                    connection.run(step)
        took = time.monotonic() - began

        with scratch.connect() as connection:
            assert connection.run("SELECT count(*) FROM t").scalar == 0
    assert took < 90


def test_a_server_that_stays_over_its_limit_is_stopped_and_the_engine_starts_another(
    small: dict[str, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    for constant in ("_TICK_S", "_PATIENCE_S"):
        monkeypatch.setattr(f"langgraph_dba.database.engines.servers.watchdog.{constant}", 0.05)
    one_step = (
        "SELECT sha512((x || x)::bytea) FROM (SELECT repeat('x', 350000000) AS x OFFSET 0) s"  # notices no signal
    )
    with small["postgresql"].scratch(TABLES) as scratch:
        with pytest.raises(OverLimit, match="of memory"), scratch.connect() as connection, budget(100):
            connection.run(one_step)
        with pytest.raises(EngineError, match="refused the connection"), scratch.connect():
            pass

    with small["postgresql"].scratch(TABLES) as scratch, scratch.connect() as connection:
        assert connection.run("SELECT count(*) FROM t").scalar == 0


ENDLESS = "WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r)"


@pytest.mark.parametrize(
    ("sql", "of"),
    [
        (f"INSERT INTO t {ENDLESS} SELECT n, hex(randomblob(500)) FROM r", "disk"),
        (f"SELECT count(*) FROM ({ENDLESS} SELECT randomblob(10000) AS x FROM r ORDER BY x)", "memory"),
        ("PRAGMA max_page_count = 1000000000", ""),
        ("PRAGMA hard_heap_limit = 1", ""),
    ],
)
def test_sqlite_cancels_a_heavy_statement(tmp_path: Path, sql: str, of: str) -> None:
    link = SqliteConnection(tmp_path / "x.db", Bounds(memory_bytes=300 * _MIB, disk_bytes=50 * _MIB))
    link.script(TABLES)

    with pytest.raises((OverLimit, Rejected), match=f"over the limit of .* bytes of {of}" if of else "not authorized"):
        link.run(sql)

    assert link.run("SELECT count(*) FROM t").scalar == 0
    link.close()


TIMES = {
    "recursion": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "cross join": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) "
    "SELECT count(*) FROM r a, r b, r c, r d WHERE a.n + b.n + c.n + d.n = 7",
}


@pytest.mark.parametrize("bomb", TIMES.values(), ids=TIMES)
def test_an_endless_statement_is_cancelled_at_the_time_limit(engine: Engine, bomb: str) -> None:
    with engine.scratch(TABLES) as scratch, scratch.connect() as connection:
        began = time.monotonic()
        with pytest.raises((OverBudget, Rejected)), budget(1.5):
            connection.run(bomb)

        assert time.monotonic() - began < 6
        assert connection.run("SELECT count(*) FROM t").scalar == 0


@pytest.mark.parametrize(
    ("name", "sleep", "lift"),
    [
        ("postgresql", "SELECT pg_sleep(1000000)", "SET statement_timeout = 0"),
        ("mariadb", "SELECT SLEEP(1000000)", "SET SESSION max_statement_time = 0"),
    ],
)
def test_a_sleeping_statement_that_raises_its_own_limit_is_cancelled(name: str, sleep: str, lift: str) -> None:
    with usable(name).scratch(TABLES) as scratch, scratch.connect() as connection:
        connection.run(lift)
        began = time.monotonic()
        with pytest.raises((OverBudget, Rejected)), budget(1.5):
            connection.run(sleep)

        assert time.monotonic() - began < 6


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_hundred_connections_are_refused(name: str) -> None:
    with usable(name).scratch(TABLES) as scratch:
        with ExitStack() as stack, pytest.raises(EngineError):
            for _ in range(100):
                stack.enter_context(scratch.connect())

        with scratch.connect() as connection:
            assert connection.run("SELECT 1").scalar == 1


def test_memory_does_not_include_shared_pages(small: dict[str, Engine]) -> None:
    postgresql = small["postgresql"]
    postgresql.version()
    pids = family(postgresql._server.pid)  # type: ignore[attr-defined]
    shared = int(Path(f"/proc/{pids[0]}/statm").read_text(encoding="ascii").split()[2])

    assert len(pids) > 3
    assert shared > 0
    assert 0 < sum(map(private_bytes, pids)) < BOUNDS.memory_bytes
