"""What a team of generated agent files costs to load, lint, build and compile, and whether that stays linear."""

import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import by_hand
from paired import Cases, paired, spread

from langgraph_dba import create_team, load_team
from langgraph_dba.agents.team.lint import Roster, lint

SIZES = (10, 100, 1000)
AGENT = """\
---
name: {name}
description: Works on part {number} of the whole.
tools: Read, Grep, Bash
model: sonnet
coordination:
  hands_off_to: [{following}]
  receives_from: [{senders}]
  parallel_with: [{beside}]
---
You are {name}. Do your part, then hand on.
"""


def team_sizes(rounds: int, sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """Return each step's milliseconds by size, and what an agent of the largest team costs beside the smallest's."""
    medians = {size: _medians(size, rounds) for size in sizes}
    first, last = medians[sizes[0]], medians[sizes[-1]]
    return [
        {
            "step": step,
            **{f"{size} agents, ms": medians[size][step] for size in sizes},
            f"per agent, {sizes[-1]} to {sizes[0]}": last[step] / sizes[-1] / (first[step] / sizes[0]),
        }
        for step in first
    ]


def targets(size: int) -> dict[str, list[str]]:
    """Three circles: each agent hands on to the next, to the one seven further on, and back to the one before."""
    names = [f"agent-{number}" for number in range(size)]
    return {name: [names[(at + step) % size] for step in (1, 7, -1)] for at, name in enumerate(names)}


def write_team(folder: Path, size: int) -> None:
    """Write the agent files; pairs of neighbours may work at the same time."""
    edges = targets(size)
    senders: dict[str, list[str]] = {name: [] for name in edges}
    for name, following in edges.items():
        for to in following:
            senders[to].append(name)
    for number, (name, following) in enumerate(edges.items()):
        words = {
            "following": ", ".join(following),
            "senders": ", ".join(senders[name]),
            "beside": f"agent-{number ^ 1}",
        }
        folder.joinpath(f"{name}.md").write_text(textwrap.dedent(AGENT).format(name=name, number=number, **words))


def _medians(size: int, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        write_team(Path(folder), size)
        # A round of a thousand agents takes seconds: a few tell the same as many of ten.
        times = paired(_steps(Path(folder), size), max(1, rounds * 10 // size), warm_up=1)
    return {step: spread(values).median for step, values in times.items()}


def _steps(folder: Path, size: int) -> Cases:
    team = load_team(folder)
    edges = targets(size)
    nodes: Mapping[str, Any] = dict.fromkeys(team.names, _nothing)
    assert not team.issues, team.issues[:3]
    built, by_hands = create_team(team, nodes=nodes, entry="agent-0"), by_hand.graph_of(edges)
    return {
        "load (with its lint)": lambda: load_team(folder),
        "lint": lambda: list(lint(Roster(team.definitions))),
        "build": lambda: create_team(team, nodes=nodes, entry="agent-0"),
        "build by hand": lambda: by_hand.graph_of(edges),
        "compile": built.compile,
        "compile by hand": by_hands.compile,
    }


def _nothing(_: object) -> None:
    return None
