"""Random teams with cyclic handoffs, generated from bytes, and run by the scheduler alone.

From bytes, so that a property test can shrink a team, and a script can generate thousands from one seed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langgraph_dba.handoffs.brief import Brief
from langgraph_dba.handoffs.handoff import Handoff
from langgraph_dba.handoffs.log import EMPTY_CHAIR, Entry, Note, entries_of, merge_log, record, record_failure
from langgraph_dba.handoffs.scheduler import SchedulePolicy, Wave, next_wave, settle

SIZE = 256  # bytes that describe the largest team in full
ENTRY = "a"
BACK = "<"  # return work to the sender of the oldest handoff in the inbox
_TURNS = 4

Word = tuple[str, tuple[str, ...]]  # the receivers, and the names under Dependencies
Turn = tuple[Word, ...] | None  # None: the agent fails


@dataclass(frozen=True, slots=True)
class Case:
    """A team, the script of its agents, and its policy, which has the `parallel` pairs."""

    targets: Mapping[str, tuple[str, ...]]
    script: Mapping[str, tuple[Turn, ...]]
    empty: frozenset[str]
    policy: SchedulePolicy

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.targets)

    @property
    def has_cycle(self) -> bool:
        """Return whether an agent can be reached from itself by declared edges."""
        return any(name in _reached(self.targets, name) for name in self.names)

    def turn(self, agent: str, count: int, senders: Sequence[str]) -> list[dict[str, Any]] | None:
        """Return the handoffs of an agent's run number `count`, from 0; None if it fails in that run."""
        said = self.script[agent][count] if count < len(self.script[agent]) else ()
        if said is None:
            return None
        back = next((sender for sender in senders if sender != agent), None)
        words = [(back if to == BACK else to, to == BACK, names) for to, names in said]
        return [
            {
                "to": to,
                "kind": "return" if is_return else "handoff",
                "brief": Brief(specific_task=f"{agent}.{count}.{index}", dependencies=names),
            }
            for index, (to, is_return, names) in enumerate(words)
            if to
        ]


class _Source:
    """Convert bytes to choices; a zero, or no more bytes, is the simplest choice."""

    def __init__(self, data: bytes) -> None:
        self._bytes = iter(data)

    def below(self, limit: int) -> int:
        return next(self._bytes, 0) % limit

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def half(self, items: Sequence[str]) -> tuple[str, ...]:
        """Return about half of at most eight items."""
        mask = self.below(256)
        return tuple(item for place, item in enumerate(items) if mask >> place & 1)

    def one(self, items: Sequence[str], percent: int) -> tuple[str, ...]:
        """Return one of the items, or None."""
        return (items[self.below(len(items))],) if self.chance(percent) else ()


def case_of(data: bytes) -> Case:
    """Generate a team of three to six agents from bytes."""
    source = _Source(data)
    names = "abcdef"[: 3 + source.below(4)]
    targets = {name: source.half(names) for name in names}
    targets[ENTRY] = targets[ENTRY] or ("b",)
    parallel = {frozenset((a, b)) for a in names for b in source.half(names) if a != b}
    gates = (*source.one(names, 30), *source.one(names, 20))
    before = ((names[source.below(len(names))], names[source.below(len(names))]),)
    max_handoffs, max_rounds = 25 - source.below(25), 3 - source.below(3)
    policy = SchedulePolicy(frozenset(parallel), frozenset(gates), before, max_handoffs, max_rounds)
    empty = frozenset(source.one(names[1:], 20))
    script = {name: tuple(_turn(source, names, targets[name]) for _ in range(_TURNS)) for name in names}
    return Case(targets, script, empty, policy)


def _turn(source: _Source, names: str, targets: Sequence[str]) -> Turn:
    if source.chance(5):
        return None
    choices = (*targets, BACK)
    count = (0, 1, 2, 3, 3, 4, 4, 4)[source.below(8)]
    return tuple((choices[source.below(len(choices))], source.one(names, 20)) for _ in range(count))


@dataclass(slots=True)
class Played:
    """The run of a team: its log, each wave with the log it was chosen from, and the runs with their briefs."""

    log: dict[str, Entry] = field(default_factory=dict)
    waves: list[tuple[Wave, dict[str, Entry]]] = field(default_factory=list)
    runs: list[list[tuple[str, list[str]]]] = field(default_factory=list)  # one list for each wave, sorted


def play(case: Case, *, run: int = 1, log: dict[str, Entry] | None = None, said: Counter[str] | None = None) -> Played:
    """Run one request by the scheduler alone, which chooses a wave after every step."""
    played = Played(log=dict(log or {}))
    said = Counter() if said is None else said
    running: tuple[str, ...] = (ENTRY,)
    inbox: dict[str, list[Entry]] = {ENTRY: []}
    step = 0
    while running:
        before = played.log
        for place, agent in enumerate(running):
            at = {"run": run, "agent": agent, "step": step, "place": place}
            fresh = _entries(case, at, [entry["agent"] for entry in inbox[agent]], said[agent])
            played.log = merge_log(played.log, fresh)
            said[agent] += 1
        played.runs.append(sorted((agent, _tasks(inbox[agent])) for agent in running))
        wave = next_wave(entries_of(played.log, run), case.policy)
        played.waves.append((wave, played.log))
        played.log = merge_log(played.log, settle(played.log, wave))
        inbox = {agent: [played.log[key] for key in keys] for agent, keys in wave.inbox.items()}
        running, step = wave.agents, step + 1
        assert played.log != before, "a step that changes nothing would never end"
    return played


def _entries(case: Case, at: dict[str, Any], senders: Sequence[str], count: int) -> dict[str, Entry]:
    handoffs = case.turn(at["agent"], count, senders)
    if handoffs is None:
        return record_failure(senders, **at, note=Note(reason="RuntimeError: no"))
    sent = [Handoff(sender=at["agent"], receiver=h["to"], brief=h["brief"], kind=h["kind"]) for h in handoffs]
    return record(sent, **at, closed=dict.fromkeys(case.empty, EMPTY_CHAIR))


def _tasks(inbox: Sequence[Entry]) -> list[str]:
    return [entry["brief"]["specific_task"] for entry in inbox]


def _reached(targets: Mapping[str, Sequence[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(targets[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += targets[name]
    return found
