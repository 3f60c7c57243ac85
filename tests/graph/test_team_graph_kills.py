"""Runs that are killed (SIGKILL, real processes) at every step and resumed by another process.

`tests/support/kill_drill.py` runs the kills and reports them; `benchmarks/kill_table.py` prints the same as a table.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRILL = Path(__file__).parents[1] / "support" / "kill_drill.py"
# Every run of the script: two rounds of work and review between a lead that opens and closes, and a report.
RUNS = {
    *("lead/1", "a/1", "b/1", "c.draft/1", "c.finish/1", "dispatch/1", "gate/1"),
    *("a/2", "c.draft/2", "c.finish/2", "dispatch/2", "gate/2", "lead/2", "report/1"),
}
Row = dict[str, Any]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.heavy)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.getfixturevalue("postgres_url") if request.param == "postgresql" else tmp_path / "c.db")


def drill(where: str, durability: str, what: str) -> list[Row]:
    command = [sys.executable, "-W", "error", str(DRILL), where, durability, what]
    environment = {**os.environ, "LANGGRAPH_STRICT_MSGPACK": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.heavy
def test_a_killed_run_repeats_only_the_killed_agents_and_has_the_same_result(where: str) -> None:
    """Kill in each agent of each step, with the other agents of its wave saved, and directly after each checkpoint."""
    rows = drill(where, "sync", "each")

    for row in rows:
        assert row["again"] == row["unfinished"] == ([row["killed"]] if row["killed"] else []), row
        assert row["equal"], row
    assert {row["killed"] for row in rows if row["killed"]} == RUNS
    assert [row["superstep"] for row in rows if not row["killed"]] == list(range(-1, 10))


def test_a_run_killed_in_every_step_one_after_the_other_still_ends_the_same(where: str) -> None:
    rows = drill(where, "sync", "chain")

    assert [row["again"] for row in rows] == [[row["killed"]] for row in rows]
    assert [row["superstep"] for row in rows] == [1, 2, 2, *range(3, 10)], "twice in the first wave"
    assert rows[-1]["equal"]


@pytest.mark.heavy
def test_background_writes_may_be_lost_but_no_saved_step_runs_again(where: str) -> None:
    """With `async` other agents than the killed one may run again, because writes are saved in the background."""
    rows = drill(where, "async", "each")

    assert all(row["again"] == row["unfinished"] and row["equal"] for row in rows), rows
    assert {row["killed"] for row in rows if row["killed"]} == RUNS


def test_exit_saves_nothing_of_a_killed_run(tmp_path: Path) -> None:
    """Why `durability="exit"` is not supported: the request must be sent again, and every agent runs again."""
    (row,) = drill(str(tmp_path / "c.db"), "exit", "exit")

    assert row["killed"] == "gate/1"
    assert row["again"] == row["started"] == sorted(RUNS - {who for who in RUNS if "/2" in who} - {"report/1"})
