"""What the property tests meet: `python benchmarks/scheduler_counts.py [TEAMS]` prints it as a Markdown table.

Random teams of three to six agents are played by the scheduler alone and run on the real graph, by the direct path and
by the one that always dispatches; the last lines count the teams where the three did not do the same.
"""

import sys
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from random_team_graphs import Result, Stage, always_dispatch, in_waves, scheduled, without_times
from random_teams import SIZE, Case, Played, case_of, play

from langgraph_dba.handoffs.log import handoff_lines


def main(teams: int = 1000, seed: int = 1) -> None:
    """Play and run that many teams, and print what they met."""
    random = Random(seed)  # noqa: S311  teams, not secrets
    counts: Counter[str] = Counter({"teams": teams})
    for _ in range(teams):
        case = case_of(random.randbytes(SIZE))
        played = play(case)
        counts.update(_met(case, played))
        counts.update(_compared(case, played))
    print("| quantity | count |\n|---|---|")
    for name in (*_ORDER, *sorted(set(counts) - set(_ORDER))):
        print(f"| {name} | {counts[name]:,} |")


_ORDER = (
    "teams",
    "teams with a cycle",
    "waves",
    "parallel waves",
    "runs of agents",
    "handoffs delivered",
    "returns delivered",
    "runs completed",
    "runs stopped",
    "graphs that differ from the scheduler alone",
    "graphs whose two paths differ",
)


def _met(case: Case, played: Played) -> Counter[str]:
    counts = Counter({"teams with a cycle": int(case.has_cycle), "waves": len(played.runs)})
    counts["parallel waves"] = sum(len(wave) > 1 for wave in played.runs)
    counts["runs of agents"] = sum(map(len, played.runs))
    for line in handoff_lines(played.log, 1):
        if line["state"] == "delivered":
            counts[f"{line['kind']}s delivered"] += 1
        else:
            counts[f"{line['state']}: {line['reason'].split('=')[0]}"] += 1
    return counts


def _compared(case: Case, played: Played) -> Counter[str]:
    direct, through = Stage(case), Stage(case)
    result = direct.invoke()
    with always_dispatch():
        dispatched = through.invoke()
    alike = all(_same(got, stage, played) for got, stage in ((result, direct), (dispatched, through)))
    return Counter(
        {
            f"runs {result['status']}": 1,
            "graphs that differ from the scheduler alone": int(not alike),
            "graphs whose two paths differ": int(without_times(result) != without_times(dispatched)),
        }
    )


def _same(result: Result, stage: Stage, played: Played) -> bool:
    return in_waves(stage.runs, played) == played.runs and scheduled(result["log"]) == scheduled(played.log)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
