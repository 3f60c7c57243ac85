"""The scheduler: who runs next, decided from the log alone.

It runs at the boundary between two steps of the graph and touches nothing: entries in, one wave out. A wave is the
oldest queued receiver and each later one that may run in parallel with all already chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from langgraph_dba.handoffs.log import Entry, Log, key_of


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    """What a team allows: who may run beside whom, who waits for all others, and how much may happen per request.

    `parallel` holds unordered pairs. `gates` run when nobody else is queued. `before` holds pairs (first, then): while
    both are queued the second waits; a brief that asks for the opposite outweighs it. `max_rounds` counts how often
    one agent may turn to one other; several handoffs to the same receiver in one go are one round. What is handed to
    agents `outside` the team leaves it, all at once, when nobody within is queued.
    """

    parallel: frozenset[frozenset[str]] = frozenset()
    gates: frozenset[str] = frozenset()
    before: tuple[tuple[str, str], ...] = ()
    max_handoffs: int = 25
    max_rounds: int = 3
    outside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wave:
    """The agents that run next, each with the keys of its whole inbox, and the keys that are refused, with reasons.

    `leaving` are the agents outside to whom the work goes when nobody is left within; their inboxes stand there too.
    """

    agents: tuple[str, ...] = ()
    inbox: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()


def next_wave(entries: Sequence[Entry], policy: SchedulePolicy) -> Wave:
    """Choose the next wave from one request's entries, given in their order; no agents means that nothing is left."""
    refused = _excess(entries, policy)
    queue = _queue(entries, refused)
    agents = _wave({agent: items for agent, items in queue.items() if agent not in policy.outside}, policy)
    leaving = () if agents else tuple(queue)
    inbox = {agent: tuple(key_of(entry) for entry in queue[agent]) for agent in (*agents, *leaving)}
    return Wave(agents, inbox, refused, leaving)


def stop(entries: Iterable[Entry], reason: str) -> Wave:
    """Refuse everything that is still queued."""
    return Wave(refused={key_of(entry): reason for entry in entries if entry["state"] == "queued"})


def settle(log: Log, wave: Wave) -> dict[str, Entry]:
    """The entries a wave changes: what it takes is `delivered`, what a bound turns down is `refused`."""
    changed: dict[str, Entry] = {}
    for key in (key for keys in wave.inbox.values() for key in keys):
        changed[key] = {**log[key], "state": "delivered"}
    for key, reason in wave.refused.items():
        changed[key] = {**log[key], "state": "refused", "reason": reason}
    return changed


def _excess(entries: Iterable[Entry], policy: SchedulePolicy) -> dict[str, str]:
    # Older entries come first, so what was accepted once is never refused by what came later.
    accepted: list[Entry] = []
    refused: dict[str, str] = {}
    for entry in entries:
        if entry["kind"] == "end" or entry["state"] in {"refused", "failed"}:
            continue
        if entry["state"] == "queued" and (reason := _bound_met(entry, accepted, policy)):
            refused[key_of(entry)] = reason
        else:
            accepted.append(entry)
    return refused


def _bound_met(entry: Entry, accepted: Sequence[Entry], policy: SchedulePolicy) -> str:
    if len(accepted) >= policy.max_handoffs:
        return f"max_handoffs={policy.max_handoffs} reached"
    way = entry["agent"], entry["to"]
    rounds = {other["step"] for other in accepted if (other["agent"], other["to"]) == way}
    return f"max_rounds={policy.max_rounds} reached" if len(rounds - {entry["step"]}) >= policy.max_rounds else ""


def _queue(entries: Iterable[Entry], refused: Mapping[str, str]) -> dict[str, list[Entry]]:
    """Inboxes in the order of their oldest entry: who is queued already keeps its place."""
    queue: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["state"] == "queued" and key_of(entry) not in refused:
            queue.setdefault(entry["to"], []).append(entry)
    return queue


def _wave(queue: Mapping[str, list[Entry]], policy: SchedulePolicy) -> tuple[str, ...]:
    if len(queue) < 2:  # noqa: PLR2004  one alone, as nearly always, waits for nobody
        return tuple(queue)
    waiting = [agent for agent in queue if agent not in policy.gates] or list(queue)
    chosen: list[str] = []
    for agent in _ready(waiting, queue, policy):
        if all(frozenset((agent, other)) in policy.parallel for other in chosen):
            chosen.append(agent)
    return tuple(chosen)


def _ready(waiting: list[str], queue: Mapping[str, list[Entry]], policy: SchedulePolicy) -> list[str]:
    """Those who wait for nobody queued. In a circle the policy gives way first, then the oldest goes alone."""
    asked = {agent: {name for entry in queue[agent] for name in entry["brief"]["dependencies"]} for agent in waiting}
    ordered = {agent: {first for first, then in policy.before if then == agent} for agent in waiting}
    for holds in (lambda agent: asked[agent] | ordered[agent], lambda agent: asked[agent]):
        if ready := [agent for agent in waiting if not (holds(agent) - {agent}).intersection(waiting)]:
            return ready
    return waiting[:1]
