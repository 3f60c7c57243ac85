"""What a run costs: importing, a whole session, one statement: `python benchmarks/costs.py [--against CHECKOUT]`.

Ratios are taken within one run, the sides in turn: importing against `langgraph.graph`, a statement against the bare
driver. `--against` names the folder of another checkout, whose figures are measured in turn with this one's.
`--rounds N` sets how often; `--parts import session statement` chooses; `--json` prints the numbers.
"""

import argparse
import atexit
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
REQUEST = (
    "I need to design a database schema for a multi-tenant project management application with teams, projects, "
    "tasks, and time tracking"
)
STATEMENTS: Mapping[str, Mapping[str, int]] = {
    "SELECT 1": {},
    "SELECT id, v FROM t WHERE id = :i": {"i": 500},
    "SELECT id, v FROM t": {},
}
_TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(20));"
Numbers = dict[str, Any]


def run_in(checkout: Path, arguments: list[str]) -> tuple[float, float]:
    """Run this interpreter with a checkout's package; return seconds of CPU (its servers included) and of wall time."""
    # an installed package has its byte code
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(checkout / "src"), "PYTHONPYCACHEPREFIX": _byte_code()}
    before, started = _children_s(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    return _children_s() - before, time.perf_counter() - started


@cache
def _byte_code() -> str:
    """Return a folder for compiled files, which the first run of each checkout fills: it is not counted."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _compile(checkouts: Mapping[str, Path]) -> None:
    for checkout in checkouts.values():
        with tempfile.TemporaryDirectory() as folder:
            run_in(checkout, ["-m", "langgraph_dba", "session", REQUEST, "--out", f"{folder}/out"])


def imports(checkouts: Mapping[str, Path], rounds: int) -> Numbers:
    """Return the CPU seconds of importing `run_session`, as a ratio to those of importing `langgraph.graph`."""
    ratios: dict[str, list[float]] = {name: [] for name in checkouts}
    _compile(checkouts)
    for _ in range(rounds):
        bare, _wall = run_in(HERE, ["-c", "import langgraph.graph"])
        for name, checkout in checkouts.items():
            own, _wall = run_in(checkout, ["-c", "from langgraph_dba import run_session"])
            ratios[name].append(own / bare)
    return {name: {"ratio to langgraph.graph": _median(values)} for name, values in ratios.items()}


def sessions(checkouts: Mapping[str, Path], rounds: int) -> Numbers:
    """Return the CPU and wall seconds of the README's session, and its claims by state."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in checkouts}
    evidence: Numbers = {}
    _compile(checkouts)
    for _ in range(rounds):
        for name, checkout in checkouts.items():
            with tempfile.TemporaryDirectory() as folder:
                seen[name].append(
                    run_in(checkout, ["-m", "langgraph_dba", "session", REQUEST, "--out", f"{folder}/out"])
                )
                evidence[name] = json.loads(Path(folder, "out", "session.json").read_text("utf-8"))["evidence"]
    return {
        name: {
            "CPU s": _median([cpu for cpu, _ in pairs]),
            "wall s": _median([wall for _, wall in pairs]),
            **evidence[name],
        }
        for name, pairs in seen.items()
    }


def statements(checkouts: Mapping[str, Path], rounds: int) -> Numbers:
    """Return the time of a statement on a scratch connection, as a ratio to that of the bare driver, by engine."""
    found: Numbers = {}
    for name, checkout in checkouts.items():
        environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
        command = [sys.executable, str(Path(__file__).resolve()), "--child", "--rounds", str(rounds)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        found[name] = json.loads(done.stdout)
    return found


def statement_ratios(rounds: int) -> Numbers:
    """Measure the package that this process imports; engines that cannot be used here are left out."""
    from langgraph_dba.database.engines import ENGINES, engines_for
    from langgraph_dba.errors import EngineUnavailable

    ratios: Numbers = {}
    for name, engine in engines_for(ENGINES).items():
        if isinstance(engine, EngineUnavailable):
            continue
        with engine.scratch(_TABLE) as database, database.connect() as connection:
            connection.load("t", ["id", "v"], ((number, f"text {number}") for number in range(1000)))
            for sql, params in STATEMENTS.items():
                bare = _bare(name, connection, sql, params)
                _same_rows(bare, connection, sql, params)
                ratios[f"{name}: {sql}"] = _median(
                    [_seconds(lambda: connection.run(sql, params)) / _seconds(bare) for _ in range(rounds * 5)]  # noqa: B023
                )
    return ratios


def _same_rows(bare: Callable[[], Any], connection: Any, sql: str, params: Mapping[str, int]) -> None:
    if tuple(map(tuple, bare())) != connection.run(sql, params).rows:
        raise SystemExit(f"the bare driver answers {sql!r} otherwise: nothing would be compared")


def _bare(name: str, connection: Any, sql: str, params: Mapping[str, int]) -> Callable[[], Any]:
    """Return the same statement by the same driver on the same link, with the names of its columns and its rows."""
    link = connection._link  # noqa: SLF001  the driver's own
    marked = sql if name == "sqlite" else sql.replace(":i", "%(i)s")
    more = {"prepare": True} if name == "postgresql" else {}

    def run() -> Any:
        cursor = link.cursor()
        cursor.execute(marked, dict(params), **more) if params else cursor.execute(marked, **more)
        rows, _names, _touched = cursor.fetchall(), [column[0] for column in cursor.description], cursor.rowcount
        cursor.close()
        return rows

    return run


def _seconds(run: Callable[[], object], calls: int = 200) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        run()
    return time.perf_counter() - started


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 2)


_PARTS = {"import": imports, "session": sessions, "statement": statements}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", nargs="*", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(statement_ratios(asked.rounds)))
        return
    checkouts = ({"before": asked.against.resolve()} if asked.against else {}) | {"now": HERE}
    numbers = {part: _PARTS[part](checkouts, asked.rounds) for part in asked.parts}
    if asked.json:
        print(json.dumps(numbers, indent=2))
        return
    for part, sides in numbers.items():
        for name, values in sides.items():
            print(f"{part:<10} {name:<7} " + ", ".join(f"{what} {value}" for what, value in values.items()))


if __name__ == "__main__":
    main()
