"""Build a graph from three agent files: the checker is a gate, and returns work to the builder once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langgraph_dba import create_team, load_team

Turn = Mapping[str, Any]
AGENTS = Path(__file__).parent / "agents"


def planner(turn: Turn) -> dict[str, Any]:
    """Hand the request to the builder as one task."""
    return {"handoffs": [{"to": "builder", "brief": f"Build: {turn['request']}"}]}


def builder(turn: Turn) -> dict[str, Any]:
    """Write the file; for returned work, also the tests."""
    returned = any(item["kind"] == "return" for item in turn["inbox"])
    files = {"feature.py": "DONE = True\n"} | ({"test_feature.py": "assert DONE\n"} if returned else {})
    return {"artifacts": files, "handoffs": [{"to": "checker", "brief": "Check what was built."}]}


def checker(turn: Turn) -> dict[str, Any]:
    """Return work without tests to its owner."""
    if "test_feature.py" in turn["artifacts"]:
        return {"summary": "Passed."}
    return {"handoffs": [{"to": "builder", "kind": "return", "brief": "Write a test for it."}]}


def main() -> dict[str, Any]:
    """Compile the team, run one request, and print the handoffs."""
    team = load_team(AGENTS)
    nodes = {"planner": planner, "builder": builder, "checker": checker}
    graph = create_team(team, nodes=nodes, entry="planner", gates=("checker",)).compile()
    final: dict[str, Any] = graph.invoke({"request": "a greeting"})

    for handoff in final["handoffs"]:
        print(f"{handoff['from']} -> {handoff['to']} ({handoff['kind']}): {handoff['state']}")
    print(f"{final['status']}: {', '.join(sorted(final['artifacts']))}")
    return final


if __name__ == "__main__":
    main()
