"""Compare graphs within one run: in each round all of them, in an order that is shuffled anew.

What disturbs the machine then disturbs all alike, and the ratio of two times of the same round says more than either.
Times are the process's CPU time: nothing measured here waits, and other processes are not counted.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Cases = Mapping[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and the 5th and 95th of a hundred of them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """Render with the spread behind the median."""
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def spread(values: Sequence[float]) -> Spread:
    """Sum up the rounds."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return Spread(statistics.median(ordered), ordered[round(last * 0.05)], ordered[round(last * 0.95)])


def paired(cases: Cases, rounds: int, *, warm_up: int = 3) -> dict[str, list[float]]:
    """Return the milliseconds of every case in every round; the collector of garbage runs between rounds only."""
    for run in list(cases.values()) * warm_up:
        run()
    times: dict[str, list[float]] = {name: [] for name in cases}
    order, shuffle = list(cases), random.Random(7).shuffle  # noqa: S311  an order, not a secret
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for _ in range(rounds):
            shuffle(order)
            for name in order:
                start = time.process_time()
                cases[name]()
                times[name].append((time.process_time() - start) * 1000)
            gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    return times


def compared(what: str, times: Mapping[str, Sequence[float]], baseline: str) -> list[dict[str, Any]]:
    """Put each case beside the baseline: its milliseconds, and the ratio of the two in the same round."""
    return [
        {
            "what": what,
            "graph": name,
            "ms": asdict(spread(values)),
            "ratio": asdict(spread([value / base for value, base in zip(values, times[baseline], strict=True)])),
        }
        for name, values in times.items()
    ]


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Render rows of equal keys as a table; a spread is written as such."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(Spread(**value))
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
