"""How cost grows with the number of tables: `python benchmarks/growth.py`.

Parts (`--part`, all without it):

- `generation`: CPU milliseconds to design a schema, and to write its DDL, models, migration and sample rows.
- `indexes`: CPU milliseconds for the statements of all indexes of a schema, one `index_statement` call for each.
- `reflection`: wall milliseconds of `reflect` beside those of SQLAlchemy's `MetaData.reflect`: same database, same
  process, both warm, alternating rounds. The ratio is the median of the ratios of the rounds.
- `large`: seconds to create and to reflect `--large` tables on PostgreSQL.

`--json` prints the numbers. Growth of 2 between two sizes of which one is twice the other is linear, 4 is quadratic.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from paired import markdown, paired

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from growing_schema import requirements_of

from langgraph_dba.agents.backend_specialist.migration import render_migration
from langgraph_dba.agents.backend_specialist.models import render_models
from langgraph_dba.database.data.sample import Sample
from langgraph_dba.database.ddl.rendering import index_statement, render
from langgraph_dba.database.engines import ENGINES, Connection, Engine, Traits, engines_for, traits_of
from langgraph_dba.database.model.schema import Index, Schema, Table
from langgraph_dba.database.reflection.read_schema import reflect
from langgraph_dba.database.schema_design.design_schema import design
from langgraph_dba.errors import EngineUnavailable

Rows = list[dict[str, Any]]
PARTS = ("generation", "indexes", "reflection", "large")


def generation(sizes: Sequence[int], rounds: int) -> Rows:
    """Return the CPU milliseconds of each step from requirements to files, by the number of tables."""
    traits = traits_of("postgresql")

    def steps(size: int) -> dict[str, Callable[[], object]]:
        requirements = requirements_of(size)
        schema = design(requirements)
        return {
            "design": lambda: design(requirements),
            "DDL": lambda: render(schema, traits),
            "models": lambda: render_models(schema, traits),
            "migration": lambda: render_migration(schema, traits),
            "sample rows": lambda: _all_rows(schema),
        }

    return _growth("step", sizes, rounds, steps)


def _all_rows(schema: Schema) -> int:
    sample = Sample(schema)
    return sum(len(list(sample.all_rows(table))) for table in schema.tables)


def indexes(sizes: Sequence[int], rounds: int) -> Rows:
    """Return the CPU milliseconds for the statements of all indexes, by the number of tables."""

    def steps(size: int) -> dict[str, Callable[[], object]]:
        schema = design(requirements_of(size))
        pairs = [(table, index) for table in schema.tables for index in table.indexes]
        return {name: partial(_index_statements, pairs, traits_of(name)) for name in ENGINES}

    return _growth("engine", sizes, rounds, steps)


def _index_statements(pairs: Sequence[tuple[Table, Index]], traits: Traits) -> list[str]:
    return [index_statement(table, index, traits) for table, index in pairs]


def _growth(
    key: str, sizes: Sequence[int], rounds: int, steps: Callable[[int], dict[str, Callable[[], object]]]
) -> Rows:
    medians = {
        size: {step: statistics.median(ms) for step, ms in paired(steps(size), rounds, warm_up=1).items()}
        for size in sizes
    }
    first, last = sizes[0], sizes[-1]
    return [
        {
            key: step,
            **{f"{size} tables, ms": medians[size][step] for size in sizes},
            f"per table, {last} to {first}": medians[last][step] / last / (medians[first][step] / first),
        }
        for step in medians[first]
    ]


def reflection(engines: dict[str, Engine], tables: int, rounds: int) -> Rows:
    """Return the wall milliseconds of both readers on each engine, and the median ratio of a round."""
    return [_compared(engine, tables, rounds) for engine in engines.values()]


def _compared(engine: Engine, tables: int, rounds: int) -> dict[str, Any]:
    schema = design(requirements_of(tables))
    ours: list[float] = []
    theirs: list[float] = []
    with _database(engine, schema) as scratch, scratch.connect() as connection:
        url = scratch.url()
        other = sa.create_engine(url, poolclass=sa.StaticPool)
        with other.connect() as link:
            for _ in range(rounds + 1):  # the first round warms both up
                ours.append(_ms(lambda: _read(connection, engine, tables)))
                theirs.append(_ms(lambda: sa.MetaData().reflect(link)))
        other.dispose()
    pairs = list(zip(ours[1:], theirs[1:], strict=True))
    return {
        "engine": f"{engine.traits.name} {engine.version()}",
        "tables": tables,
        "reflect, ms": statistics.median(own for own, _ in pairs),
        "MetaData.reflect, ms": statistics.median(base for _, base in pairs),
        "ratio": statistics.median(own / base for own, base in pairs),
    }


def large(engine: Engine, tables: int) -> Rows:
    """Return the seconds that many tables take to be created and read."""
    schema = design(requirements_of(tables))
    started = time.perf_counter()
    with _database(engine, schema) as scratch, scratch.connect() as connection:
        created = time.perf_counter() - started
        took = _ms(lambda: _read(connection, engine, tables)) / 1000
    return [{"tables": tables, "created, s": created, "reflect, s": took}]


def _database(engine: Engine, schema: Schema) -> Any:
    return engine.scratch(render(schema, engine.traits).up, app_role=schema.app_role)


def _read(connection: Connection, engine: Engine, tables: int) -> None:
    found = reflect(connection, engine.traits, name="Growth")
    assert len(found.tables) == tables, len(found.tables)


def _ms(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="for `reflection`; all without it")
    parser.add_argument("--sizes", type=int, nargs="+", default=[25, 50, 100, 200], help="for `generation`")
    parser.add_argument("--index-sizes", type=int, nargs="+", default=[15, 30, 60], help="for `indexes`")
    parser.add_argument("--tables", type=int, default=500, help="for `reflection`")
    parser.add_argument("--large", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    opened = engines_for(options.engine or ENGINES)
    engines = {name: engine for name, engine in opened.items() if not isinstance(engine, EngineUnavailable)}
    measures: dict[str, Callable[[], Rows]] = {
        "generation": lambda: generation(options.sizes, options.rounds),
        "indexes": lambda: indexes(options.index_sizes, options.rounds),
        "reflection": lambda: reflection(engines, options.tables, options.rounds),
        "large": lambda: large(engines["postgresql"], options.large) if "postgresql" in engines else [],
    }
    results = {part: measures[part]() for part in options.part or PARTS}
    if options.json:
        print(json.dumps(results, indent=2))
        return
    print("\n\n".join(f"{part}:\n\n{markdown(rows)}" for part, rows in results.items() if rows))


if __name__ == "__main__":
    main()
