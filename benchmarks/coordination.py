"""What coordination costs beside LangGraph by hand, langgraph-swarm and langgraph-supervisor, in one run.

`python benchmarks/coordination.py [--rounds N] [--json]` prints Markdown tables, or one JSON document. Of every time
and ratio it gives the median of the rounds, and in brackets the 5th and 95th of a hundred. What the graphs by hand do
is said in `by_hand.py`, how it is measured in `paired.py`.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from checkpoint_sizes import checkpoint_sizes
from handoff_cases import agents_in_a_row, agents_in_a_star, functions, waves
from paired import markdown
from team_sizes import SIZES, team_sizes

Rows = list[dict[str, Any]]

TITLES = {
    "functions": "A handoff between functions",
    "agents": "A handoff between agents with a model that answers immediately",
    "star": "A lead that hands off to several workers in turn",
    "waves": "A wave of three in parallel, and the join after it",
    "teams": "Teams of generated agent files with cycles",
    "checkpoints": "Size of checkpoints",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200, help="rounds of the cheapest cases; dearer ones get fewer")
    parser.add_argument("--only", choices=list(TITLES), nargs="+", default=list(TITLES), help="parts to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args(arguments)
    parts = measures(chosen.rounds)
    found = {"run": about(chosen.rounds), **{name: parts[name]() for name in chosen.only}}
    print(json.dumps(found, indent=1) if chosen.json else rendered(found))


def measures(rounds: int) -> dict[str, Callable[[], Rows]]:
    """Return each part with its share of the rounds; a single round measures small teams and short runs only."""
    fewer, smoke = max(1, rounds // 5), rounds == 1
    return {
        "functions": lambda: functions(rounds),
        "agents": lambda: agents_in_a_row(fewer),
        "star": lambda: agents_in_a_star(fewer),
        "waves": lambda: waves(rounds),
        "teams": lambda: team_sizes(fewer, SIZES[:2] if smoke else SIZES),
        "checkpoints": lambda: checkpoint_sizes(*((2, 4) if smoke else (10, 50))),
    }


def about(rounds: int) -> dict[str, Any]:
    """Say what was measured, on what."""
    packages = ("langgraph", "langchain", "langgraph-swarm", "langgraph-supervisor")
    return {
        "rounds": rounds,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        **{name: version(name) for name in packages},
    }


def rendered(found: dict[str, Any]) -> str:
    """Render all as Markdown."""
    about_it = ", ".join(f"{key} {value}" for key, value in found["run"].items())
    parts = [f"### {TITLES[name]}\n\n{markdown(rows)}" for name, rows in found.items() if name != "run"]
    return "\n\n".join([f"Measured with {about_it}.", *parts])


if __name__ == "__main__":
    main()
