"""Time `open_live` beside the bare driver in one run: `python benchmarks/live_overhead.py [ENGINE…]`.

Both keep one connection and take turns. The times are those of the fastest turn of each side, because the machine is
never idle; the last column is the median of the ratios of all pairs of turns. One row is the row of a key; 100,000 rows
have a number, two texts, a time and a decimal.
"""

import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
import pymysql

from langgraph_dba.database import Limits, open_live
from langgraph_dba.database.engines import ENGINES, Scratch, open_engine
from langgraph_dba.database.engines.mariadb.live import _options

_ROWS = 100_000
_LIMITS = Limits(rows=_ROWS, size_bytes=1 << 30)
_READ_MANY, _READ_ONE = "SELECT * FROM t", "SELECT a FROM t WHERE id = 7"
_TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(40), b VARCHAR(40), c {time}, d {decimal});"
_DDL = {
    "postgresql": _TABLE.format(time="timestamptz", decimal="numeric")
    + f"INSERT INTO t SELECT g, 'name ' || g, md5(g::text), now(), g * 1.5 FROM generate_series(1, {_ROWS}) g;"
    + "GRANT SELECT ON t TO app_user;",
    "mariadb": _TABLE.format(time="DATETIME(6)", decimal="DECIMAL(12, 2)")
    + f"INSERT INTO t SELECT seq, concat('name ', seq), md5(seq), now(), seq * 1.5 FROM seq_1_to_{_ROWS};",
    "sqlite": _TABLE.format(time="TEXT", decimal="REAL")
    + f"WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT {_ROWS}) "
    "INSERT INTO t SELECT n, 'name ' || n, hex(n * 1000000007), '2026-01-01 00:00:00', n * 1.5 FROM r;",
}
Read = Callable[[str], object]


@contextmanager
def bare(name: str, scratch: Scratch) -> Iterator[Read]:
    """Yield a function that reads with the driver alone, on a connection that is kept."""
    url = scratch.url("app" if name == "postgresql" else "owner")
    if name == "sqlite":
        with closing(sqlite3.connect(urlsplit(url).path)) as file:
            yield lambda sql: file.execute(sql).fetchall()
    elif name == "postgresql":
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as link:
            yield lambda sql: link.execute(sql).fetchall()
    else:
        with closing(pymysql.connect(**_options(url), autocommit=True)) as server:

            def read(sql: str) -> object:
                with server.cursor() as cursor:
                    cursor.execute(sql)
                    return cursor.fetchall()

            yield read


def compared(ours: Read, theirs: Read, sql: str, turns: int, repeats: int) -> tuple[float, float, float]:
    """Return the seconds of one read by the driver and by `open_live` in their fastest turns, and the median ratio."""

    def seconds(read: Read) -> float:
        began = time.perf_counter()
        for _ in range(repeats):
            read(sql)
        return (time.perf_counter() - began) / repeats

    seconds(theirs), seconds(ours)  # both have read the catalogue and the pages
    pairs = [(seconds(theirs), seconds(ours)) for _ in range(turns)]
    bare_s, live_s = map(min, zip(*pairs, strict=True))
    return bare_s, live_s, statistics.median(ours_s / theirs_s for theirs_s, ours_s in pairs)


def main(names: list[str]) -> None:
    print("| engine | rows | the driver, ms | open_live, ms | times | times, median |\n|---|---|---|---|---|---|")
    for name in names or ENGINES:
        engine = open_engine(name)
        with engine.scratch(_DDL[name]) as scratch, bare(name, scratch) as theirs:
            url = scratch.url("app" if name == "postgresql" else "owner")
            with open_live(url, trust_role=True, limits=_LIMITS) as live:
                for rows, sql, turns, repeats in ((1, _READ_ONE, 200, 10), (_ROWS, _READ_MANY, 15, 1)):
                    bare_s, live_s, median = compared(live.read, theirs, sql, turns, repeats)
                    fastest = f"{bare_s * 1e3:.3g} | {live_s * 1e3:.3g} | {live_s / bare_s:.1f}"
                    print(f"| {name} | {rows:,} | {fastest} | {median:.1f} |", flush=True)
        engine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
