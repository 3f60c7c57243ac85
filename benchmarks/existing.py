"""What is read, found and proved of SQL files: `python benchmarks/existing.py FILE.sql …` prints a table."""

import sys
import time
from collections import Counter

from langgraph_dba.database.engines import engines_for
from langgraph_dba.database.existing_database import read_existing
from langgraph_dba.database.proofs import prove
from langgraph_dba.findings import severity_counts


def row(file: str) -> str:
    """Return one line of the table: tables, statements skipped, losses, findings, evidence by state, seconds."""
    started = time.perf_counter()
    database = read_existing(file)
    read_s = time.perf_counter() - started
    evidence = prove(database.schema, database.ddl, engines_for(tuple(database.ddl)))
    states = Counter(one.state for one in evidence)
    left_out = {name for one in evidence for name in one.receipt.numbers.get("tables that could not be filled", ())}
    refuted = ", ".join(one.proof for one in evidence if one.state == "refuted")
    cells = (
        file.rpartition("/")[2],
        "/".join(database.ddl),
        len(database.schema.tables),
        len(database.skipped),
        len(database.lost),
        severity_counts(database.findings()),
        f"{states['supported']} / {states['refuted']} / {states['not run']}",
        refuted or "-",
        ", ".join(sorted(left_out)) or "-",
        f"{read_s:.1f} + {time.perf_counter() - started - read_s:.1f}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Print the table."""
    heads = (
        "file", "engine", "tables", "skipped", "lost", "findings", "supported / refuted / not run", "refuted",
        "tables not filled", "s to read + prove",
    )  # fmt: skip
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for file in sys.argv[1:]:
        print(row(file), flush=True)


if __name__ == "__main__":
    main()
