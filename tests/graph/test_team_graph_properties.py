"""Random teams on the real graph: it runs the same waves as the scheduler alone, and always ends with a status."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from random_team_graphs import Result, Run, Stage, always_dispatch, in_waves, scheduled, without_times
from random_teams import SIZE, Case, Played, case_of, play

from langgraph_dba.handoffs.log import handoff_lines

cases = st.binary(min_size=SIZE, max_size=SIZE).map(case_of)
# LangGraph runs no graph in fewer than two steps, not even one of a single node.
limits = st.integers(2, 12)
often = pytest.mark.parametrize("examples", [100, pytest.param(1000, marks=pytest.mark.heavy)])


def check(promise: Callable[..., None], examples: int, *given_: Any) -> None:
    decorate: Any = given(*given_)
    settings(max_examples=examples, deadline=None)(decorate(promise))()


def same(result: Result, runs: list[Run], played: Played) -> None:
    assert in_waves(runs, played) == played.runs
    assert scheduled(result["log"]) == scheduled(played.log)


def never_silent(result: Result, runs: list[Run], run: int = 1) -> None:
    lines = result["handoffs"]
    assert result["status"] in {"completed", "escalated", "stopped"}
    assert result["reason"] or result["status"] == "completed"
    assert lines == handoff_lines(result["log"], run)
    assert {line["state"] for line in lines} <= {"delivered", "refused", "failed"}
    assert all(line["reason"] for line in lines if line["state"] != "delivered")
    assert received(runs) == delivered(result["log"], run)


def received(runs: list[Run]) -> Counter[tuple[str, str]]:
    """Count how often each task was in an agent's inbox when it ran."""
    return Counter((agent, task) for agent, tasks in runs for task in tasks)


def delivered(log: Mapping[str, Any], run: int) -> Counter[tuple[str, str]]:
    lines = (entry for entry in log.values() if (entry["run"], entry["state"]) == (run, "delivered") and entry["to"])
    return Counter((entry["to"], entry["brief"]["specific_task"]) for entry in lines)


@often
def test_the_direct_path_and_the_dispatch_path_run_the_schedulers_waves(examples: int) -> None:
    def promise(case: Case) -> None:
        played, direct, through = play(case), Stage(case), Stage(case)

        result = direct.invoke()
        with always_dispatch():
            dispatched = through.invoke()

        same(result, direct.runs, played)
        same(dispatched, through.runs, played)
        assert without_times(result) == without_times(dispatched)
        never_silent(result, direct.runs)

    check(promise, examples, cases)


@pytest.mark.parametrize("examples", [40, pytest.param(1000, marks=pytest.mark.heavy)])
def test_ainvoke_does_the_same_on_both_paths_and_out_of_steps(examples: int) -> None:
    with asyncio.Runner() as runner:

        def promise(case: Case, limit: int) -> None:
            played, direct, through, limited = play(case), Stage(case), Stage(case), Stage(case)

            result = runner.run(direct.ainvoke())
            with always_dispatch():
                dispatched = runner.run(through.ainvoke())

            same(result, direct.runs, played)
            same(dispatched, through.runs, played)
            assert without_times(result) == without_times(dispatched)
            never_silent(result, direct.runs)
            never_silent(runner.run(limited.ainvoke(recursion_limit=limit)), limited.runs)

        check(promise, examples, cases, limits)


@often
def test_a_run_out_of_steps_does_not_end_in_silence(examples: int) -> None:
    def promise(case: Case, limit: int) -> None:
        stage = Stage(case)

        never_silent(stage.invoke(recursion_limit=limit), stage.runs)

    check(promise, examples, cases, limits)


@pytest.mark.parametrize("examples", [30, pytest.param(1000, marks=pytest.mark.heavy)])
def test_a_second_request_on_the_thread_starts_again(examples: int) -> None:
    """The bounds start at zero again, and no handoff of the first request is delivered a second time."""

    def promise(case: Case, limit: int) -> None:
        stage, said = Stage(case), Counter[str]()
        graph = stage.compile(checkpointer=InMemorySaver())
        first, second = (play(case, run=1, said=said), play(case, run=2, said=said))

        for run, played in ((1, first), (2, second)):
            result = stage.invoke(graph, configurable={"thread_id": "1"})
            mine = {key: entry for key, entry in result["log"].items() if entry["run"] == run}
            same({"log": mine}, stage.runs, played)
            never_silent(result, stage.runs, run)
            stage.runs.clear()

        limited = stage.invoke(graph, configurable={"thread_id": "1"}, recursion_limit=limit)
        never_silent(limited, stage.runs, run=3)

    check(promise, examples, cases, limits)
