"""Run a session from Python: design and prove a schema from one sentence, and write it to a folder."""

import sys
import tempfile
from pathlib import Path

from langgraph_dba import SessionResult, run_session

REQUEST = "an online shop with customers, products, categories, orders and payments"


def main(request: str = REQUEST, out: Path | None = None) -> SessionResult:
    """Run the session and print the decisions, the evidence and the handoffs."""
    out = out or Path(tempfile.mkdtemp(prefix="session-")) / "dba-out"
    result = run_session(request, out=out)

    print(f"{result.status}: {', '.join(result.summary['schema']['tables'])}")
    for decision in result.summary["decisions"]:
        print(f"decided {decision['topic']}: {decision['option']} ({decision['level']})")
    for evidence in result.evidence:
        print(f"{evidence.state:<10} {evidence.proof} on {evidence.engine}: {evidence.reason}")
    for handoff in result.summary["handoffs"]:
        print(f"{handoff['from']} -> {handoff['to']} ({handoff['contract'] or 'brief'}): {handoff['state']}")
    print(f"everything lies in {out}")
    return result


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else REQUEST)
