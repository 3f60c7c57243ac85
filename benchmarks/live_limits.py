"""Read 20 results per engine that exceed 32 MiB, and print the memory and the time until each is refused.

`python benchmarks/live_limits.py [ENGINE…]`; `--each` prints every result. Each is read in a process of its own; the
peak is that of this process above what it used before. SQLite's helper process has a limit of its own.
"""

import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

from langgraph_dba.database import Limits, open_live
from langgraph_dba.database.engines import ENGINES, open_engine
from langgraph_dba.errors import OverLimit

_MIB = 1024 * 1024
_LIMITS = Limits(rows=10**9)
_WIDTHS = (100, 1_000, 10_000, 100_000, 1_000_000, 4_000_000, 10_000_000, 20_000_000)
_LATE_WIDTHS = (10_000, 100_000, 1_000_000, 10_000_000)
_ROWS = {
    "sqlite": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) ",
    "postgresql": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) ",
    "mariadb": "WITH r AS (SELECT seq AS n FROM seq_1_to_100000000) ",
}


def results(engine: str) -> Iterator[tuple[str, int, str]]:
    """Yield a title, the bytes of the widest row and the query of each result."""

    def text(width: int | str) -> str:
        return f"replace(hex(zeroblob({width} / 2)), '0', 'x')" if engine == "sqlite" else f"repeat('x', {width})"

    for width in _WIDTHS:
        yield f"rows of {width:,} bytes", width, text(width)
    for width in _LATE_WIDTHS:
        yield f"{width:,} bytes after 5,000 short rows", width, f"CASE WHEN n > 5000 THEN {text(width)} ELSE '' END"
        yield f"{width:,} bytes in each 100th row", width, f"CASE WHEN n % 100 = 0 THEN {text(width)} ELSE '' END"
    yield "numbers", 8, "n"
    yield "a hundred columns of 1,000 bytes", 100_000, ", ".join([text(1_000)] * 100)
    yield "rows that grow by 1,000 bytes", 1_000_000, text("n * 1000")
    yield "two columns, one of 5,000,000 bytes", 5_000_000, f"n, {text(5_000_000)}"


def peak_bytes() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def refused(url: str, sql: str) -> tuple[int, float]:
    """Return the peak of memory of one read above what was used before, and the seconds until it was refused."""
    with open_live(url, trust_role=True, limits=_LIMITS) as live:
        live.read("SELECT 1")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before, began = peak_bytes(), time.monotonic()
        with suppress(OverLimit):
            raise AssertionError(f"{len(live.read(sql).rows)} rows were returned")
        return peak_bytes() - before, time.monotonic() - began


def main(arguments: list[str]) -> None:
    names = [one for one in arguments if one != "--each"] or list(ENGINES)
    table = ["| engine | results | limit | peak, median | peak, highest | above limit, in widest rows | slowest |"]
    for name in names:
        engine = open_engine(name)
        peaks, seconds, rows = [], [], []
        spawn = multiprocessing.get_context("spawn")
        with engine.scratch() as scratch, ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
            for title, width, value in results(name):
                url = scratch.url("app" if name == "postgresql" else "owner")
                peak, took = pool.submit(refused, url, f"{_ROWS[name]}SELECT {value} FROM r").result()
                peaks.append(peak / _MIB)
                seconds.append(took)
                rows.append((peak - _LIMITS.size_bytes) / width if width >= _MIB else 0)
                if "--each" in arguments:
                    print(f"{name}: {title}: {peak / _MIB:.0f} MiB, {took:.2f} s", flush=True)
        engine.close()
        table.append(
            f"| {name} | {len(peaks)} | {_LIMITS.size_bytes // _MIB} MiB | {statistics.median(peaks):.0f} MiB "
            f"| {max(peaks):.0f} MiB | {max(rows):.1f} | {max(seconds):.1f} s |"
        )
    print("\n".join((table[0], "|---|---|---|---|---|---|---|", *table[1:])))


if __name__ == "__main__":
    main(sys.argv[1:])
