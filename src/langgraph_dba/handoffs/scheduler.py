"""The scheduler: choose the agents that run next from the log alone.

It is a pure function from entries to a wave, called between two steps of the graph. A wave is the receiver of the
oldest queued entry, and each later receiver that may run in parallel with all agents already chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from langgraph_dba.handoffs.log import Entry, Log, key_of


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    """The rules of a team: parallel pairs, gates, order, and bounds per request.

    `parallel` has unordered pairs. `gates` run when no other agent is queued. `before` has pairs (first, then): the
    second waits while both are queued, unless a brief's dependencies require the opposite. `max_rounds` bounds the
    handoffs from one agent to one other; several of one run count as one. Handoffs to agents `outside` the team leave
    it together when no agent of the team is queued.
    """

    parallel: frozenset[frozenset[str]] = frozenset()
    gates: frozenset[str] = frozenset()
    before: tuple[tuple[str, str], ...] = ()
    max_handoffs: int = 25
    max_rounds: int = 3
    outside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wave:
    """The agents that run next, the keys of the entries in their inboxes, and the refused keys with reasons.

    `leaving` are the agents outside the team that get work when no agent of the team is left; `inbox` has theirs too.
    """

    agents: tuple[str, ...] = ()
    inbox: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()


def next_wave(entries: Sequence[Entry], policy: SchedulePolicy) -> Wave:
    """Return the next wave for the sorted entries of one request; without agents if nothing is queued."""
    refused = _excess(entries, policy)
    queue = _queue(entries, refused)
    agents = _wave({agent: items for agent, items in queue.items() if agent not in policy.outside}, policy)
    leaving = () if agents else tuple(queue)
    inbox = {agent: tuple(key_of(entry) for entry in queue[agent]) for agent in (*agents, *leaving)}
    return Wave(agents, inbox, refused, leaving)


def stop(entries: Iterable[Entry], reason: str) -> Wave:
    """Return a wave that refuses every queued entry."""
    return Wave(refused={key_of(entry): reason for entry in entries if entry["state"] == "queued"})


def settle(log: Log, wave: Wave) -> dict[str, Entry]:
    """Return the entries that a wave changes: those in an inbox to `delivered`, the refused ones to `refused`."""
    changed: dict[str, Entry] = {}
    for key in (key for keys in wave.inbox.values() for key in keys):
        changed[key] = {**log[key], "state": "delivered"}
    for key, reason in wave.refused.items():
        changed[key] = {**log[key], "state": "refused", "reason": reason}
    return changed


def _excess(entries: Iterable[Entry], policy: SchedulePolicy) -> dict[str, str]:
    # In the order of the entries, so that a later handoff never causes the refusal of an earlier one.
    accepted: list[Entry] = []
    refused: dict[str, str] = {}
    for entry in entries:
        if entry["kind"] == "end" or entry["state"] in {"refused", "failed"}:
            continue
        if entry["state"] == "queued" and (reason := _exceeded_bound(entry, accepted, policy)):
            refused[key_of(entry)] = reason
        else:
            accepted.append(entry)
    return refused


def _exceeded_bound(entry: Entry, accepted: Sequence[Entry], policy: SchedulePolicy) -> str:
    if len(accepted) >= policy.max_handoffs:
        return f"max_handoffs={policy.max_handoffs} reached"
    edge = entry["agent"], entry["to"]
    # Steps and not entries: several handoffs of one run to the same receiver are one round.
    rounds = {other["step"] for other in accepted if (other["agent"], other["to"]) == edge}
    return f"max_rounds={policy.max_rounds} reached" if len(rounds - {entry["step"]}) >= policy.max_rounds else ""


def _queue(entries: Iterable[Entry], refused: Mapping[str, str]) -> dict[str, list[Entry]]:
    """Return the queued entries by receiver, ordered by the oldest entry of each."""
    # The order of a dict is that of the first insertion, so a new handoff does not move its receiver back.
    queue: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["state"] == "queued" and key_of(entry) not in refused:
            queue.setdefault(entry["to"], []).append(entry)
    return queue


def _wave(queue: Mapping[str, list[Entry]], policy: SchedulePolicy) -> tuple[str, ...]:
    if len(queue) < 2:  # noqa: PLR2004  the usual case: a single agent has no other to wait for
        return tuple(queue)
    candidates = [agent for agent in queue if agent not in policy.gates] or list(queue)
    wave: list[str] = []
    for agent in _ready(candidates, queue, policy):
        if all(frozenset((agent, other)) in policy.parallel for other in wave):
            wave.append(agent)
    return tuple(wave)


def _ready(candidates: list[str], queue: Mapping[str, list[Entry]], policy: SchedulePolicy) -> list[str]:
    """Return the candidates that depend on no other queued one.

    If they depend on each other in a cycle, the policy's order is ignored first; then the oldest runs alone.
    """
    by_brief = {
        agent: {name for entry in queue[agent] for name in entry["brief"]["dependencies"]} for agent in candidates
    }
    by_policy = {agent: {first for first, then in policy.before if then == agent} for agent in candidates}
    for dependencies in (lambda agent: by_brief[agent] | by_policy[agent], lambda agent: by_brief[agent]):
        if ready := [agent for agent in candidates if not (dependencies(agent) - {agent}).intersection(candidates)]:
            return ready
    # Two briefs that wait for each other must not end the run without work being done.
    return candidates[:1]
