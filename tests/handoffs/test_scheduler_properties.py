"""The scheduler's promises, over random teams that hand off in circles."""

from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import Entry, entries_of, merge_log, passed, record
from langgraph_dba.handoffs.scheduler import Policy, Wave, next_wave, settle

Script = dict[str, list[list[tuple[str, list[str]]]]]
Played = tuple[Wave, set[str], dict[str, Entry]]  # a wave, who was queued for it, and the log it was chosen from

NAMES = "abcdef"
agents = st.sampled_from(NAMES)
pairs = st.frozensets(st.frozensets(agents, min_size=2, max_size=2))
scripts = st.dictionaries(
    agents, st.lists(st.lists(st.tuples(agents, st.lists(agents, max_size=2)), max_size=3), max_size=4)
)
policies = st.builds(
    Policy,
    parallel=pairs,
    gates=st.frozensets(agents, max_size=2),
    before=st.tuples(st.tuples(agents, agents)),
    max_handoffs=st.integers(0, 12),
    max_rounds=st.integers(1, 3),
)


def play(script: Script, policy: Policy) -> tuple[dict[str, Entry], list[Played]]:
    """Run a team whose agents say their lines one after the other; give the log and every wave with its queue."""
    left = {agent: list(turns) for agent, turns in script.items()}
    log: dict[str, Entry] = {}
    waves: list[Played] = []
    running: tuple[str, ...] = ("a",)
    step = 0
    while running:
        for place, agent in enumerate(running):
            handoffs = [
                Handoff(sender=agent, receiver=to, brief=Brief(specific_task="x", dependencies=tuple(names)))
                for to, names in (left[agent].pop(0) if left.get(agent) else [])
            ]
            log = merge_log(log, record(handoffs, run=1, agent=agent, step=step, place=place))
        wave = next_wave(entries_of(log, 1), policy)
        queued = {entry["to"] for key, entry in log.items() if entry["state"] == "queued" and key not in wave.refused}
        waves.append((wave, queued, log))
        log = merge_log(log, settle(log, wave))
        running, step = wave.agents, step + 1
        assert step < 500, "the bounds end every run"
    return log, waves


@settings(max_examples=200, deadline=None)
@given(scripts, policies)
def test_every_handoff_is_delivered_once_or_refused_with_a_reason(script: Script, policy: Policy) -> None:
    log, waves = play(script, policy)
    delivered = [key for wave, _, _ in waves for keys in wave.inbox.values() for key in keys]

    lines = passed(log, 1)

    assert all(line["state"] == "delivered" or (line["state"] == "refused" and line["reason"]) for line in lines)
    assert len(delivered) == len(set(delivered)) == sum(line["state"] == "delivered" for line in lines)
    assert len(delivered) <= policy.max_handoffs


@settings(max_examples=200, deadline=None)
@given(scripts, policies)
def test_waves_are_pairwise_parallel_and_gates_come_last(script: Script, policy: Policy) -> None:
    _, waves = play(script, policy)

    for wave, queued, _ in waves:
        chosen = wave.agents
        assert len(set(chosen)) == len(chosen)
        assert all(frozenset((a, b)) in policy.parallel for a in chosen for b in chosen if a != b)
        assert not policy.gates.intersection(chosen) or queued <= policy.gates
        assert bool(chosen) == bool(queued)


@settings(max_examples=200, deadline=None)
@given(scripts, policies)
def test_nobody_shares_a_wave_with_one_its_brief_waits_for(script: Script, policy: Policy) -> None:
    _, waves = play(script, policy)

    for wave, _, log in waves:
        for agent, keys in wave.inbox.items():
            named = {name for key in keys for name in log[key]["brief"]["dependencies"]} - {agent}
            assert not named.intersection(wave.agents)


@settings(max_examples=100, deadline=None)
@given(scripts, policies)
def test_the_order_in_which_entries_reach_the_log_is_irrelevant(script: Script, policy: Policy) -> None:
    log, _ = play(script, policy)
    shuffled = dict(reversed(log.items()))

    assert next_wave(entries_of(shuffled, 1), policy) == next_wave(entries_of(log, 1), policy)
    assert passed(shuffled, 1) == passed(log, 1)
