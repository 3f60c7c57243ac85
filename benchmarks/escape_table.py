"""Try the whole corpus of escapes and print what each wall stopped: `python benchmarks/escape_table.py [ENGINE…]`.

Each attempt is made four times, on servers of this run's own: by a login that may only read and by the most powerful
one, through both walls and with the parser left out. The corpus and its worlds are those of the tests.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from escapes import Attempt, Ending, Who, corpus, open_world, run_attempt, run_without_parser, world_of

from langgraph_dba.database import LiveDatabase
from langgraph_dba.database.engines import ENGINES

_COLUMNS = (
    "engine", "class", "attempts", "refused by the first wall", "by the engine", "ended at a limit", "left a trace",
    "engine alone, a login that reads: left a trace", "engine alone, the most powerful login: left a trace",
)  # fmt: skip
_HEAD = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}"
Tries = Callable[[LiveDatabase, Attempt], list[tuple[Ending, str]]]


class Rig:
    """A world and an open link, made anew whenever an attempt left a trace in it."""

    def __init__(self, name: str, who: Who) -> None:
        self._name, self._who = name, who
        self._stack = ExitStack()
        self._before: Mapping[str, object] = {}
        self._start()

    def leaves(self, attempt: Attempt, tries: Tries) -> tuple[Ending, bool]:
        """Return how an attempt ended, and whether anything was different afterwards."""
        try:
            ending = tries(self.live, attempt)[0][0]
            now = self._world.traces(self.live)
            changed = {key for key in now if now[key] != self._before[key]} - {"transactions"}
            self._before = now
        except Exception:  # noqa: BLE001  the server, or the link that looks for traces, was ended: a trace indeed
            ending, changed = "answered", {"the server"}
        if changed:
            self.close()
            self._start()
        return ending, bool(changed)

    def close(self) -> None:
        with suppress(Exception):
            self._stack.close()
        for left in Path("/tmp").glob("dba_escape*"):  # noqa: S108  what the attempts name their files
            left.unlink()

    def _start(self) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._world = self._stack.enter_context(world_of(self._name, folder))
        self.live = self._stack.enter_context(open_world(self._world, self._who))
        self._before = self._world.traces(self.live)


def counted(name: str, who: Who, tries: Tries) -> tuple[Counter[tuple[str, str]], int]:
    """Return how often attempts of each class ended in each way, and how many of the ordinary reads worked."""
    counts: Counter[tuple[str, str]] = Counter()
    rig = Rig(name, who)
    for attempt in corpus(name).attempts:
        if attempt.only not in ("", who):
            continue
        ending, leaked = rig.leaves(attempt, tries)
        counts[attempt.kind, "all"] += 1
        counts[attempt.kind, ending] += 1
        counts[attempt.kind, "leaked"] += leaked
    reads = 0
    for read in corpus(name).reads:
        with suppress(Exception):
            rig.live.read(read)
            reads += 1
    rig.close()
    return counts, reads


def rows(name: str) -> Iterator[str]:
    """Print one line a class of attempt, and one with the sums."""
    (plain, reads), (powerful, _) = counted(name, "plain", run_attempt), counted(name, "powerful", run_attempt)
    both = plain + powerful
    alone = counted(name, "plain", run_without_parser)[0]
    alone_powerful = counted(name, "powerful", run_without_parser)[0]
    kinds = list(dict.fromkeys(attempt.kind for attempt in corpus(name).attempts))
    for kind in (*kinds, ""):

        def of(counts: Counter[tuple[str, str]], ending: str, kind: str = kind) -> int:
            return sum(n for (one, how), n in counts.items() if how == ending and kind in ("", one))

        cells = [of(both, ending) for ending in ("all", "parse", "engine", "limit", "leaked")]
        cells += [of(alone, "leaked"), of(alone_powerful, "leaked")]
        yield f"| {name} | {kind or 'all'} | {' | '.join(map(str, cells))} |"
    yield f"\n{name}: {reads} of {len(corpus(name).reads)} ordinary reads work.\n"


def main(names: list[str]) -> None:
    for name in names or ENGINES:
        print(_HEAD)
        for row in rows(name):
            print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
