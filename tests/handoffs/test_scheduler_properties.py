"""Properties of the scheduler over random teams with cycles, returns and failures."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from random_teams import SIZE, Case, Played, case_of, play

from langgraph_dba.handoffs.log import Log, entries_of, handoff_lines, key_of, merge_log
from langgraph_dba.handoffs.scheduler import SchedulePolicy, next_wave, settle

cases = st.binary(min_size=SIZE, max_size=SIZE).map(case_of)
thousand = settings(max_examples=1000, deadline=None)


def queues(played: Played) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Return for each wave the queued agents in the order of their oldest handoffs, and the agents of the wave."""
    for wave, log in played.waves:
        entries = (entry for entry in entries_of(log, 1) if entry["state"] == "queued")
        waiting = (entry["to"] for entry in entries if key_of(entry) not in wave.refused)
        yield list(dict.fromkeys(waiting)), wave.agents


@thousand
@given(cases)
def test_every_handoff_is_delivered_once_or_refused_or_failed_with_a_reason(case: Case) -> None:
    played = play(case)
    keys = [key for wave, _ in played.waves for inbox in wave.inbox.values() for key in inbox]

    lines = handoff_lines(played.log, 1)

    assert {line["state"] for line in lines} <= {"delivered", "refused", "failed"}
    assert all(line["reason"] for line in lines if line["state"] != "delivered")
    assert len(keys) == len(set(keys)) == sum(line["state"] == "delivered" for line in lines)


@thousand
@given(cases)
def test_a_wave_is_pairwise_parallel_and_a_gate_comes_last(case: Case) -> None:
    for queue, chosen in queues(play(case)):
        assert len(set(chosen)) == len(chosen)
        assert all(frozenset((a, b)) in case.policy.parallel for a in chosen for b in chosen if a != b)
        assert not case.policy.gates.intersection(chosen) or case.policy.gates.issuperset(queue)
        assert bool(chosen) == bool(queue)


@thousand
@given(cases)
def test_no_agent_shares_a_wave_with_a_dependency_of_its_brief(case: Case) -> None:
    for wave, log in play(case).waves:
        for agent, keys in wave.inbox.items():
            named = {name for key in keys for name in log[key]["brief"]["dependencies"]} - {agent}
            assert not named.intersection(wave.agents)


@thousand
@given(cases)
def test_those_left_in_the_queue_keep_their_order_and_newcomers_stand_behind_them(case: Case) -> None:
    steps = play(without_order(case)).waves
    orders = [order(log, case.policy) for _, log in steps]

    for (wave, _), queue, following in zip(steps, orders, orders[1:], strict=False):
        left = [agent for agent in queue if agent not in wave.agents]
        assert following[: len(left)] == left


def order(log: Log, policy: SchedulePolicy) -> list[str]:
    """Return the queued agents in the order in which they would run one by one without further handoffs."""
    one_by_one = SchedulePolicy(before=(), max_handoffs=policy.max_handoffs, max_rounds=policy.max_rounds)
    ran: list[str] = []
    while (wave := next_wave(entries_of(log, 1), one_by_one)).agents:
        ran += wave.agents
        log = merge_log(log, settle(log, wave))
    return ran


@thousand
@given(cases)
def test_without_other_rules_an_agent_waits_only_for_those_before_it(case: Case) -> None:
    """An agent at index k of the queue runs within k + 1 waves, whatever other agents hand off."""
    steps = list(queues(play(without_order(case))))

    for now, (queue, _) in enumerate(steps):
        for place, agent in enumerate(queue):
            assert any(agent in chosen for _, chosen in steps[now : now + place + 1])


def without_order(case: Case) -> Case:
    """Return the same team without gates, order and dependencies."""
    script = {
        agent: tuple(turn and tuple((to, ()) for to, _ in turn) for turn in turns)
        for agent, turns in case.script.items()
    }
    return replace(case, script=script, policy=replace(case.policy, gates=frozenset(), before=()))


@thousand
@given(cases)
def test_every_run_ends_within_its_bounds(case: Case) -> None:
    played = play(case)
    turned = {(e["agent"], e["to"], e["step"]) for e in played.log.values() if e["state"] == "delivered" and e["to"]}

    assert sum(line["state"] == "delivered" for line in handoff_lines(played.log, 1)) <= case.policy.max_handoffs
    assert max(Counter(turn[:2] for turn in turned).values(), default=0) <= case.policy.max_rounds
    assert len(played.waves) <= case.policy.max_handoffs + 1


@settings(max_examples=200, deadline=None)
@given(cases)
def test_the_order_in_which_entries_reach_the_log_is_irrelevant(case: Case) -> None:
    played = play(case)

    for wave, log in played.waves:
        assert next_wave(entries_of(dict(reversed(log.items())), 1), case.policy) == wave
