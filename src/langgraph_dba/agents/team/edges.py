"""Who may hand work to whom, and who may work beside whom, as a set of definitions says it.

Names that no definition carries are left out: they are reported where a team is checked.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from langgraph_dba.agents.team.definition import AgentDefinition

EdgeMode = Literal["union", "declared", "agreed"]
ParallelMode = Literal["either", "mutual"]
Pair = tuple[str, str]

USUAL_ENTRY = "project-manager"


def handoff_edges(definitions: Sequence[AgentDefinition], mode: EdgeMode = "union") -> tuple[Pair, ...]:
    """Return (from, to) pairs: what the sender lists (`declared`), what both list (`agreed`), what either lists.

    Ordered by sender, then as the sender lists them, then by receiver for those that only the receiver lists.
    """
    _known(mode, get_args(EdgeMode))
    place = {definition.name: index for index, definition in enumerate(definitions)}
    declared = {(d.name, to): None for d in definitions for to in d.coordination.hands_off_to if to in place}
    accepted = {(by, d.name): None for d in definitions for by in d.coordination.receives_from if by in place}
    chosen = {"declared": declared, "agreed": [edge for edge in declared if edge in accepted]}
    return tuple(sorted(chosen.get(mode, declared | accepted), key=lambda edge: place[edge[0]]))


def parallel_pairs(definitions: Sequence[AgentDefinition], mode: ParallelMode = "either") -> tuple[Pair, ...]:
    """Return the unordered pairs that may share a wave, each sorted, by one side's word or by both (`mutual`)."""
    _known(mode, get_args(ParallelMode))
    names = {definition.name for definition in definitions}
    # An agent beside itself says nothing: it runs once in a wave.
    said = {(d.name, b) for d in definitions for b in d.coordination.parallel_with if b in names and b != d.name}
    chosen = said if mode == "either" else {(a, b) for a, b in said if (b, a) in said}
    return tuple(sorted({(min(pair), max(pair)) for pair in chosen}))


def _known(mode: str, modes: tuple[str, ...]) -> None:
    if mode not in modes:
        raise ValueError(f"{mode!r} is not a mode: use {', '.join(map(repr, modes))}")


def sources(names: Iterable[str], edges: Iterable[Pair]) -> tuple[str, ...]:
    """Return the names that no other hands to, in their order."""
    receivers = {to for sender, to in edges if sender != to}
    return tuple(name for name in names if name not in receivers)


def usual_entry(names: Sequence[str], edges: Iterable[Pair]) -> str | None:
    """Return where a team starts if nobody says: project-manager, else the only source, else None."""
    if USUAL_ENTRY in names:
        return USUAL_ENTRY
    found = sources(names, edges)
    return found[0] if len(found) == 1 else None


def reachable(start: str, edges: Iterable[Pair]) -> tuple[str, ...]:
    """Return the names that a chain of edges leads to, the nearest first, beginning with the start itself."""
    following: dict[str, list[str]] = {}
    for sender, to in edges:
        following.setdefault(sender, []).append(to)
    found = {start: None}
    waiting = deque(found)
    while waiting:
        fresh = [to for to in following.get(waiting.popleft(), ()) if to not in found]
        found.update(dict.fromkeys(fresh))
        waiting.extend(dict.fromkeys(fresh))
    return tuple(found)
