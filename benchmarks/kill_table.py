"""What a kill costs a run: `python benchmarks/kill_table.py [DURABILITY]` prints it as Markdown tables.

A scripted team run is killed (SIGKILL) in every agent of every step, its wave-mates finished and saved, and right after
every checkpoint; another process goes on. On SQLite and on PostgreSQL, with `sync` unless another durability is named.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langgraph_dba.database.engines import open_engine

_DRILL = Path(__file__).parents[1] / "tests" / "support" / "kill_drill.py"
_HEAD = "| superstep | agents in it | killed | agents that ran again | result equal |\n|---|---|---|---|---|"


def main(durability: str = "sync") -> None:
    """Drill on both databases and print what happened."""
    with tempfile.TemporaryDirectory() as folder:
        _print(f"SQLite, `durability={durability!r}`", _drill(str(Path(folder) / "checkpoints.db"), durability))
    engine = open_engine("postgresql")
    with engine.scratch() as scratch:
        rows = _drill(scratch.url().replace("+psycopg", ""), durability)
        _print(f"PostgreSQL {engine.version()}, `durability={durability!r}`", rows)
    engine.close()


def _drill(where: str, durability: str) -> list[dict[str, Any]]:
    environment = {**os.environ, "LANGGRAPH_STRICT_MSGPACK": "true"}
    command = [sys.executable, str(_DRILL), where, durability, "each"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _print(title: str, rows: Sequence[dict[str, Any]]) -> None:
    print(f"{title}: {len(rows)} kills, {sum(row['equal'] for row in rows)} with an equal result\n\n{_HEAD}")
    for row in rows:
        cells = (row["superstep"], _listed(row["runs"]) or "the request", _where(row), _listed(row["again"]) or "none")
        print("|", " | ".join(map(str, cells)), "|", "yes" if row["equal"] else "NO", "|")
    print()


def _where(row: dict[str, Any]) -> str:
    if not row["killed"]:
        return "after its checkpoint"
    saved = [who for who in row["runs"] if who in row["started"] and who not in row["unfinished"]]
    return f"in {row['killed']}" + (f"; {_listed(saved)} saved" if saved else "")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


if __name__ == "__main__":
    main(*sys.argv[1:2])
