"""Run proofs in a process that a test kills or whose disk it fills: `python fault_drill.py ENGINE [SECONDS]`.

Prints the evidence as JSON. With SECONDS it first opens a filled scratch database, prints a line, and sleeps.
"""

import json
import sys
import time

from langgraph_dba.database.data.scratch_database import scratch
from langgraph_dba.database.ddl.rendering import render
from langgraph_dba.database.engines import engines_for
from langgraph_dba.database.proofs import proofs_by_name, prove
from langgraph_dba.database.proofs.kit.specimen import specimen
from langgraph_dba.errors import EngineUnavailable


def main(name: str, stay_s: float = 0.0) -> None:
    """Prove three claims on one engine."""
    engine, schema = engines_for([name])[name], specimen()
    if stay_s and not isinstance(engine, EngineUnavailable):
        with scratch(schema, engine=engine, rows=200), engine.scratch("CREATE TABLE t (i INTEGER)"):
            print("inside", flush=True)  # noqa: T201  the test waits for this line
            time.sleep(stay_s)
    ddl = {} if isinstance(engine, EngineUnavailable) else {name: render(schema, engine.traits)}
    proofs = proofs_by_name(["up-down-up", "relationships", "data-types"])
    evidence = prove(schema, ddl, {name: engine}, proofs=proofs)
    rows = [{"proof": one.proof, "state": one.state, "reason": one.reason} for one in evidence]
    print(json.dumps(rows), flush=True)  # noqa: T201  the test reads this line


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
