"""What a session's parts cost beside each other: `python benchmarks/session_parts.py [ROUNDS]`.

Absolute seconds say little across machines; the last column is the share of the whole, taken within one run.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from langgraph_dba import run_session

REQUEST = "a multi-tenant project management application with teams, projects, tasks, and time tracking"


def main(rounds: int = 3) -> None:
    """Run the session some times and print the median seconds of each agent, and its share."""
    parts: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            result = run_session(REQUEST, out=Path(folder) / "out")
        for name, seconds in result.summary["durations_s"].items():
            parts.setdefault(name, []).append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in parts.items()}
    whole = sum(medians.values())
    for name, seconds in medians.items():
        print(f"{name:<22} {seconds:7.2f} s {seconds / whole:6.1%}")
    print(f"{'all':<22} {whole:7.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
