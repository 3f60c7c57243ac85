"""The benchmarks run, give what they promise, and show the facts; what they measure in time is not tested here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def run(script: str, *arguments: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(BENCHMARKS / script), *arguments, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def coordination() -> dict[str, Any]:
    return dict(run("coordination.py", "--rounds", "1"))


@pytest.fixture(scope="module")
def played() -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["one message with"], row["in"]): row for row in run("parallel_handoffs.py", "--runs", "3")}


@pytest.mark.parametrize(
    ("part", "graphs"),
    [
        ("functions", {"by hand", "by hand, bare", "by hand, guarded", "team"}),
        ("agents", {"by hand", "langgraph-swarm", "team, the same agents", "team, `model=`"}),
        ("star", {"by hand", "langgraph-supervisor", "team, the same agents"}),
        ("waves", {"by hand", "team"}),
    ],
)
def test_every_time_stands_beside_the_graph_by_hand(coordination: dict[str, Any], part: str, graphs: set[str]) -> None:
    rows = coordination[part]

    assert {row["graph"] for row in rows} == graphs
    assert all(row["ms"]["median"] > 0 for row in rows)
    assert {row["ratio"]["median"] for row in rows if row["graph"] == "by hand"} == {1}


def test_teams_are_loaded_linted_built_and_compiled(coordination: dict[str, Any]) -> None:
    steps = {row["step"] for row in coordination["teams"]}

    assert steps == {"load (with its lint)", "lint", "build", "build by hand", "compile", "compile by hand"}


def test_bytes_are_counted_for_both_checkpointers_and_every_graph(coordination: dict[str, Any]) -> None:
    rows = {(row["checkpointer"], row["graph"]): row for row in coordination["checkpoints"]}

    assert len(rows) == 2 * 8
    assert all(row["bytes a checkpoint"] > 100 for row in rows.values())
    team, swarm = (rows["InMemorySaver", name] for name in ("team, the same agents", "langgraph-swarm"))
    assert team["4 handoffs, bytes"] < swarm["4 handoffs, bytes"], "a receiver gets its brief, not the conversation"


def test_the_supervisor_drops_one_of_two_handoffs_and_a_team_none(
    played: dict[tuple[str, str], dict[str, Any]],
) -> None:
    supervisor, team = (played["two handoffs", name] for name in ("langgraph-supervisor", "team"))

    assert sum(supervisor["never ran"].values()) == supervisor["runs"]
    assert team["ran, and was answered"] == {"transfer_to_anna": 3, "transfer_to_ben": 3}
    assert team["never ran"] == team["calls gone from the messages"] == {}


def test_the_swarm_leaves_a_call_unanswered_and_a_team_none(played: dict[tuple[str, str], dict[str, Any]]) -> None:
    swarm, team = (played["a handoff and a tool", name] for name in ("langgraph-swarm", "team"))

    assert swarm["calls left unanswered"] == {"call-look_up": 3}
    assert swarm["refused by the check"] == 3
    assert team["ran, and was answered"] == {"look_up": 3, "transfer_to_ben": 3}
    assert (team["calls left unanswered"], team["refused by the check"]) == ({}, 0)


def test_growth_measures_every_step_and_both_readers() -> None:
    sizes = ("--sizes", "4", "8", "--index-sizes", "4", "8", "--rounds", "1", "--engine", "sqlite", "--tables", "5")

    measured = run("growth.py", "--part", "generation", "--part", "indexes", "--part", "reflection", *sizes)

    assert {row["step"] for row in measured["generation"]} == {"design", "DDL", "models", "migration", "sample rows"}
    assert {row["engine"] for row in measured["indexes"]} == {"sqlite", "postgresql", "mariadb"}
    assert [row["tables"] for row in measured["reflection"]] == [5]
    assert all(row["ratio"] > 0 for row in measured["reflection"])


@pytest.mark.server
def test_reading_measures_both_readers() -> None:
    (row,) = run("reading.py", "--sizes", "4", "--rounds", "1")

    assert row["tables"] == 4
    assert row["ratio"] > 0
