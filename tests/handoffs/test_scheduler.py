"""The scheduler: waves from the log alone."""

from typing import Any

from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import Entry, Log, entries_of, record
from langgraph_dba.handoffs.scheduler import SchedulePolicy, Wave, next_wave, settle, stop


def log_of(*runs: tuple[int, str, dict[str, tuple[str, ...]]]) -> dict[str, Entry]:
    """Each run is (step, sender, {receiver: names under Dependencies}); senders of one step are in their order."""
    log: dict[str, Entry] = {}
    places: dict[int, int] = {}
    for step, sender, receivers in runs:
        place = places[step] = places.get(step, -1) + 1
        handoffs = [
            Handoff(sender=sender, receiver=to, brief=Brief(specific_task="x", dependencies=names))
            for to, names in receivers.items()
        ]
        log |= record(handoffs, run=1, agent=sender, step=step, place=place)
    return log


def wave(log: Log, *pairs: str | tuple[str, ...], **policy: Any) -> Wave:
    return next_wave(entries_of(log, 1), SchedulePolicy(frozenset(map(frozenset, pairs)), **policy))


def test_the_oldest_runs_alone_without_parallel_pairs() -> None:
    assert wave(log_of((0, "pm", {"b": (), "c": ()}))).agents == ("b",)


def test_a_wave_takes_those_parallel_with_all_already_chosen() -> None:
    log = log_of((0, "pm", {"b": (), "c": (), "d": ()}))

    assert wave(log, "bc", "bd").agents == ("b", "c")
    assert wave(log, "bc", "bd", "cd").agents == ("b", "c", "d")


def test_order_is_step_then_place_then_list() -> None:
    log = log_of((1, "c", {"late": ()}), (0, "pm", {"x": ()}), (0, "b", {"w": ()}))

    assert wave(log).agents == ("x",)
    assert wave({key: entry for key, entry in log.items() if entry["to"] != "x"}).agents == ("w",)


def test_a_handoff_for_a_queued_agent_joins_its_inbox_and_keeps_its_place() -> None:
    log = log_of((0, "pm", {"b": (), "c": ()}), (1, "x", {"b": ()}))

    assert wave(log).inbox == {"b": ("1/pm/0/0", "1/x/1/0")}


def test_batch_mates_do_not_name_each_other() -> None:
    log = log_of((0, "pm", {"b": ("c",), "c": ()}))

    assert wave(log, "bc").agents == ("c",)


def test_in_a_circle_of_dependencies_the_oldest_goes_alone() -> None:
    log = log_of((0, "pm", {"b": ("c",), "c": ("b",)}))

    assert wave(log, "bc").agents == ("b",)


def test_a_dependency_on_an_agent_that_is_not_queued_has_no_effect() -> None:
    assert wave(log_of((0, "pm", {"b": ("the budget", "b")}))).agents == ("b",)


def test_a_pair_of_the_policy_orders_two_that_are_queued() -> None:
    log = log_of((0, "dba", {"builder": (), "tester": ()}))

    assert wave(log, before=(("tester", "builder"),)).agents == ("tester",)
    assert wave(log).agents == ("builder",)


def test_a_brief_outweighs_a_pair_of_the_policy() -> None:
    log = log_of((0, "dba", {"builder": (), "tester": ("builder",)}))

    assert wave(log, before=(("tester", "builder"),)).agents == ("builder",)


def test_a_gate_waits_for_everybody_else() -> None:
    log = log_of((0, "pm", {"gate": (), "b": ("gate",)}))

    assert wave(log, ("gate", "b"), gates=frozenset({"gate"})).agents == ("b",)
    assert wave({"1/pm/0/0": log["1/pm/0/0"]}, gates=frozenset({"gate"})).agents == ("gate",)


def test_the_excess_over_max_handoffs_is_refused_and_the_rest_still_runs() -> None:
    log = log_of((0, "pm", {"b": (), "c": (), "d": ()}))

    result = wave(log, "bc", max_handoffs=2)

    assert result.agents == ("b", "c")
    assert result.refused == {"1/pm/0/2": "max_handoffs=2 reached"}


def test_rounds_are_counted_per_ordered_pair() -> None:
    log = log_of((0, "a", {"b": ()}), (1, "b", {"a": ()}), (2, "a", {"b": ()}), (4, "a", {"b": ()}))

    result = wave(log, max_rounds=2)

    assert result.refused == {"1/a/4/0": "max_rounds=2 reached"}


def test_several_handoffs_in_one_go_are_one_round() -> None:
    two = [Handoff(sender="a", receiver="b", brief=Brief(specific_task=task)) for task in "xy"]

    assert wave(record(two, run=1, agent="a", step=0), max_rounds=1).refused == {}


def test_refused_handoffs_do_not_count() -> None:
    log = log_of((0, "pm", {"b": ()}), (1, "pm", {"c": ()}))
    log["1/pm/0/0"]["state"] = "refused"

    assert wave(log, max_handoffs=1).agents == ("c",)


def test_settle_delivers_the_inboxes_and_refuses_the_rest() -> None:
    log = log_of((0, "pm", {"b": (), "c": ()}))

    changed = settle(log, wave(log, max_handoffs=1))

    assert {entry["to"]: entry["state"] for entry in changed.values()} == {"b": "delivered", "c": "refused"}


def test_a_stop_refuses_all_that_is_queued() -> None:
    log = log_of((0, "pm", {"b": ()}))

    assert stop(entries_of(log, 1), "no steps") == Wave(refused={"1/pm/0/0": "no steps"})


def test_an_empty_queue_gives_an_empty_wave() -> None:
    assert wave({}) == Wave()
