"""Derive handoff edges and parallel pairs from the coordination lists of a set of definitions.

Names without a definition are left out; the lint check `dangling-agent` reports them.
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
    """Return (from, to) pairs that the sender lists (`declared`), both list (`agreed`), or either lists (`union`).

    Sorted by sender, then in the sender's order, then by receiver for pairs that only the receiver lists.
    """
    _check_mode(mode, get_args(EdgeMode))
    position = {definition.name: index for index, definition in enumerate(definitions)}
    declared = {(d.name, to): None for d in definitions for to in d.coordination.hands_off_to if to in position}
    accepted = {(by, d.name): None for d in definitions for by in d.coordination.receives_from if by in position}
    by_mode = {"declared": declared, "agreed": [edge for edge in declared if edge in accepted]}
    # The sort is stable, so it keeps the order in which a sender lists its receivers.
    return tuple(sorted(by_mode.get(mode, declared | accepted), key=lambda edge: position[edge[0]]))


def parallel_pairs(definitions: Sequence[AgentDefinition], mode: ParallelMode = "either") -> tuple[Pair, ...]:
    """Return the sorted pairs that may share a wave, listed by either side or by both (`mutual`)."""
    _check_mode(mode, get_args(ParallelMode))
    names = {definition.name for definition in definitions}
    # A pair of an agent with itself has no effect: an agent runs once in a wave.
    listed = {(d.name, b) for d in definitions for b in d.coordination.parallel_with if b in names and b != d.name}
    pairs = listed if mode == "either" else {(a, b) for a, b in listed if (b, a) in listed}
    return tuple(sorted({(min(pair), max(pair)) for pair in pairs}))


def _check_mode(mode: str, modes: tuple[str, ...]) -> None:
    if mode not in modes:
        raise ValueError(f"{mode!r} is not a mode: use {', '.join(map(repr, modes))}")


def sources(names: Iterable[str], edges: Iterable[Pair]) -> tuple[str, ...]:
    """Return the names that have no sender other than themselves, in their order."""
    receivers = {to for sender, to in edges if sender != to}
    return tuple(name for name in names if name not in receivers)


def usual_entry(names: Sequence[str], edges: Iterable[Pair]) -> str | None:
    """Return the default entry of a team: project-manager, else the only agent without a sender, else None."""
    if USUAL_ENTRY in names:
        return USUAL_ENTRY
    candidates = sources(names, edges)
    return candidates[0] if len(candidates) == 1 else None


def reachable(start: str, edges: Iterable[Pair]) -> tuple[str, ...]:
    """Return the names that a chain of edges from `start` leads to, by distance; `start` comes first."""
    # By an adjacency list: a scan of all edges for each agent made lint quadratic in the size of the team.
    receivers: dict[str, list[str]] = {}
    for sender, to in edges:
        receivers.setdefault(sender, []).append(to)
    reached = {start: None}
    queue = deque(reached)
    while queue:
        new = [to for to in receivers.get(queue.popleft(), ()) if to not in reached]
        reached.update(dict.fromkeys(new))
        queue.extend(dict.fromkeys(new))
    return tuple(reached)
