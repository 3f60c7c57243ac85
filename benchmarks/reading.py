"""How long reading a PostgreSQL catalogue takes beside pg_dump: `python benchmarks/reading.py`.

Both read the same database in the same run, in alternating rounds: `reflect` in this process, `pg_dump --schema-only`
as a program. Each table has a key, a reference, a check, two indexes, a policy, a view, a function and comments. The
ratio is the median of the ratios of the rounds; it must not exceed 5. `--json` prints the numbers.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from paired import markdown

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from schema_dumps import dump

from langgraph_dba.database.engines import Engine, engines_for, read_catalogue
from langgraph_dba.database.reflection.read_schema import reflect
from langgraph_dba.errors import EngineUnavailable

Rows = list[dict[str, Any]]


def statements(tables: int) -> Iterator[str]:
    """Yield the statements of a database with this number of tables."""
    yield "CREATE TYPE state AS ENUM ('open', 'closed')"
    for number in range(tables):
        name, target = f"t{number}", f"t{max(number - 1, 0)}"
        yield (
            f"CREATE TABLE {name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            f" parent_id bigint REFERENCES {target}, code text NOT NULL UNIQUE,"
            f" state state NOT NULL DEFAULT 'open', total numeric(12, 2) CHECK (total >= 0),"
            f" created_at timestamptz NOT NULL DEFAULT now())"
        )
        yield f"CREATE INDEX {name}_parent_idx ON {name} (parent_id)"
        yield f"CREATE INDEX {name}_lower_idx ON {name} (lower(code)) WHERE total > 0"
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield f"CREATE POLICY {name}_read ON {name} FOR SELECT USING (state = 'open')"
        yield f"CREATE VIEW v{number} AS SELECT id, code FROM {name} WHERE total > 10"
        yield f"CREATE FUNCTION f{number}(n bigint) RETURNS text LANGUAGE sql AS 'SELECT code FROM {name} WHERE id = n'"
        yield f"COMMENT ON TABLE {name} IS 'table {number}'"
        yield f"COMMENT ON INDEX {name}_parent_idx IS 'by parent'"
        yield f"GRANT SELECT ON {name} TO app_user"
        yield f"REVOKE EXECUTE ON FUNCTION f{number}(bigint) FROM PUBLIC"


def reading(engine: Engine, sizes: list[int], rounds: int) -> Rows:
    """Return the milliseconds of both readers and the median ratio of a round, by the number of tables."""
    return [_compared(engine, size, rounds) for size in sizes]


def _compared(engine: Engine, tables: int, rounds: int) -> dict[str, Any]:
    ours: list[float] = []
    queries: list[float] = []
    theirs: list[float] = []
    with engine.scratch(";\n".join(statements(tables))) as scratch, scratch.connect() as connection:
        for _ in range(rounds + 1):  # the first round warms both up
            ours.append(_ms(lambda: reflect(connection, engine.traits, name="reading")))
            queries.append(_ms(lambda: read_catalogue(connection, engine.traits)))
            theirs.append(_ms(lambda: dump(scratch, engine)))
    pairs = list(zip(ours[1:], theirs[1:], strict=True))
    return {
        "engine": f"{engine.traits.name} {engine.version()}",
        "tables": tables,
        "reflect, ms": statistics.median(own for own, _ in pairs),
        "of these, catalogue queries, ms": statistics.median(queries[1:]),
        "pg_dump, ms": statistics.median(base for _, base in pairs),
        "ratio": statistics.median(own / base for own, base in pairs),
    }


def _ms(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[75, 150, 300])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    engine = engines_for(["postgresql"])["postgresql"]
    if isinstance(engine, EngineUnavailable):
        raise SystemExit(str(engine))
    rows = reading(engine, options.sizes, options.rounds)
    print(json.dumps(rows, indent=2) if options.json else markdown(rows))


if __name__ == "__main__":
    main()
