"""What engines cost: cold start, scratch databases, a million rows, twenty proofs: `python benchmarks/engines.py`.

`--rows N` and `--rounds N` make it shorter, `--json` prints the numbers. Seconds say little across machines: where two
ways of doing a thing are compared, the ratio was taken within one run.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from langgraph_dba.database.data.generator import Profile, generate
from langgraph_dba.database.data.scratch_database import scratch
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import ENGINES, Engine, engines_for, open_engine
from langgraph_dba.database.proofs import all_proofs, can_run_on, prove
from langgraph_dba.database.proofs.kit.specimen import specimen, specimen_for
from langgraph_dba.errors import EngineUnavailable

Numbers = dict[str, Any]
_PROOFS = 20


def seconds(run: Callable[[], object]) -> float:
    """Return how long a call took."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def cold_start(name: str, rounds: int) -> float:
    """Return the median seconds from nothing to a server that has answered."""

    def once() -> None:
        engine = open_engine(name)
        engine.version()
        engine.close()

    return statistics.median(seconds(once) for _ in range(rounds))


def scratch_databases(engine: Engine, rounds: int, rows: int) -> Numbers:
    """Return the seconds of a scratch database: the first of its kind and the next, empty and filled."""

    def opened(count: int, seed: int) -> float:
        def once() -> None:
            with scratch(specimen(), engine=engine, profile=Profile(rows=count, seed=seed)):
                pass

        return seconds(once)

    # a seed of its own makes each first one really a first one
    first = statistics.median(opened(0, 100 + n) for n in range(rounds))
    again = statistics.median(opened(0, 100) for _ in range(rounds))
    filled = opened(rows, 1)
    copied = statistics.median(opened(rows, 1) for _ in range(rounds))
    return {"empty, first": first, "empty, again": again, "filled, first": filled, "filled, again": copied}


def many_rows(engine: Engine, rows: int) -> Numbers:
    """Return what it takes to fill the specimen's ten tables and the tenants with so many rows in all."""
    schema = specimen()
    each = rows // (len(schema.tables) - 1)
    with engine.scratch(render(schema, engine.traits).up) as database, database.connect("superuser") as connection:
        made: dict[str, int] = {}
        took = seconds(lambda: made.update(generate(connection, schema, engine.traits, Profile(rows=each))))
    return {"rows": sum(made.values()), "tables": len(made), "seconds": took}


def twenty_proofs(engines: dict[str, Engine]) -> Numbers:
    """Return the seconds of twenty proofs of the sound specimen, one by one and side by side, on warm engines."""
    sound = {name: specimen_for(engine.traits) for name, engine in engines.items()}
    ddl = {name: render(sound[name], engine.traits) for name, engine in engines.items()}
    pairs = [(name, proof) for proof in all_proofs() for name, e in engines.items() if can_run_on(proof, e.traits)]
    chosen = pairs[:_PROOFS]
    states: list[str] = []

    def one_by_one() -> None:
        for name, proof in chosen:
            states.extend(one.state for one in prove(sound[name], ddl, {name: engines[name]}, proofs=[proof]))

    def side_by_side() -> None:
        for name, engine in engines.items():
            proofs = [proof for other, proof in chosen if other == name]
            prove(sound[name], ddl, {name: engine}, proofs=proofs)

    side_by_side()  # templates are made once, and belong to neither
    together, apart = seconds(side_by_side), seconds(one_by_one)
    return {
        "proofs": len(chosen),
        "supported": states.count("supported"),
        "one by one": apart,
        "side by side": together,
        "ratio": together / apart,
    }


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    opened = engines_for(ENGINES)
    engines = {name: engine for name, engine in opened.items() if not isinstance(engine, EngineUnavailable)}
    found: Numbers = {"versions": {name: engine.version() for name, engine in engines.items()}}
    for name, engine in engines.items():
        found[name] = {
            "cold start": cold_start(name, options.rounds),
            "scratch": scratch_databases(engine, options.rounds, min(options.rows // 100, 10_000)),
            "many rows": many_rows(engine, options.rows),
        }
    found["twenty proofs"] = twenty_proofs(engines)
    print(json.dumps(found, indent=2) if options.json else table(found, list(engines)))


def table(found: Numbers, engines: list[str]) -> str:
    """Return the numbers as a table in Markdown."""
    cells = [_cells(found[name]) for name in engines]
    titles = " | ".join(f"{name} {found['versions'][name]}" for name in engines)
    lines = [f"| | {titles} |", "|---|" + "---|" * len(engines)]
    lines += [f"| {what} | {' | '.join(one[what] for one in cells)} |" for what in cells[0]]
    proofs = found["twenty proofs"]
    told = (
        f"{proofs['proofs']} proofs ({proofs['supported']} supported): {proofs['one by one']:.1f} s one by one, "
        f"{proofs['side by side']:.1f} s side by side (ratio {proofs['ratio']:.2f})"
    )
    return "\n".join((*lines, "", told))


def _cells(engine: Numbers) -> dict[str, str]:
    rows = engine["many rows"]
    return {
        "cold start": f"{engine['cold start']:.2f} s",
        **{f"scratch database, {kind}": f"{1000 * took:.0f} ms" for kind, took in engine["scratch"].items()},
        "rows generated": f"{rows['rows']:,} in {rows['seconds']:.1f} s",
    }


if __name__ == "__main__":
    main()
