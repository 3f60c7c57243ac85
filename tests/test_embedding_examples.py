"""Every example of embedding runs, and what it says of itself holds."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples" / "embedding"


def run(name: str) -> Any:
    """Run the example's `main()` in a module of its own."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main()


def way(final: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(line["from"], line["to"], line["state"]) for line in final["handoffs"]]


def authors(final: dict[str, Any]) -> list[str]:
    return [message.name or message.type for message in final["messages"]]


def states(evidence: list[dict[str, Any]]) -> set[str]:
    return {one["state"] for one in evidence}


def test_node_in_a_graph() -> None:
    final = run("node_in_a_graph")

    assert set(final) == {"idea", "ddl", "refuted", "verdict"}
    assert final["verdict"] == "build"
    assert "CREATE TABLE players" in final["ddl"]


def test_agents_in_a_builder() -> None:
    final = run("agents_in_a_builder")

    assert way(final) == [
        ("planner", "database-specialist", "delivered"),
        ("database-specialist", "pricing", "delivered"),
    ]
    assert final["offer"] == "a league: 200 a month"
    assert states(final["evidence"]) == {"supported", "not run"}


def test_supervisor_member() -> None:
    final = run("supervisor_member")

    assert authors(final)[3] == "database-specialist"
    assert final["messages"][3].text.startswith(
        "2 tables for Teams and players; claims: 10 supported, 0 refuted, 1 not run"
    )
    assert final["messages"][-1].name == "supervisor"


def test_swarm_member() -> None:
    answers = run("swarm_member")

    assert [answer.partition(";")[0] for answer in answers] == [
        "triage: What is it about?",
        "database-specialist: 2 tables for Teams and players",
        "database-specialist: 2 tables for Customers and orders",
        "triage: You are welcome.",
    ]


def test_deepagents_subagent() -> None:
    final = run("deepagents_subagent")

    assert [message.type for message in final["messages"]] == ["human", "ai", "tool", "ai"]
    assert final["messages"][2].text.startswith(
        "2 tables for Teams and players; claims: 10 supported, 0 refuted, 1 not run"
    )


def test_tool_of_an_agent() -> None:
    final = run("tool_of_an_agent")

    told = final["messages"][2]
    assert "CREATE TABLE players" in told.text
    assert told.artifact["status"] == "completed"
    assert states(told.artifact["evidence"]) == {"supported", "not run"}


def test_handoff_to_the_parent(capsys: pytest.CaptureFixture[str]) -> None:
    final = run("handoff_to_the_parent")

    assert way(final)[-1] == ("database-specialist", "release-manager", "delivered")
    assert authors(final) == ["project-manager", "database-specialist", "database-specialist", "release-manager"]
    assert "schema.sqlite.sql" in final["artifacts"]
    assert "Released 7 files from database-specialist: Teams and players" in capsys.readouterr().out


def test_two_specialists() -> None:
    final = run("two_specialists")

    assert sorted(authors(final)) == ["league-dba", "shop-dba"]
    assert "STRICT" in final["shop_ddl"]
    assert "players" not in final["shop_ddl"]
    assert "GENERATED" in final["league_ddl"]
    assert "orders" not in final["league_ddl"]


def test_second_request() -> None:
    first, second = run("second_request")

    assert "CREATE TABLE tenants" in first["artifacts"]["schema.sqlite.sql"]
    assert '"topic": "tenancy"' in first["artifacts"]["decision.json"]
    assert '"topic": "tenancy"' not in second["artifacts"]["decision.json"]
    assert not {"tenants", "teams", "players"} & set(second["artifacts"]["schema.sqlite.sql"].split())
    assert not any("tenan" in one["claim"] for one in second["evidence"])
    assert authors(second) == ["human", "database-specialist"] * 2


def test_every_example_is_run_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")

    assert all(f'run("{example.stem}")' in here for example in EXAMPLES.glob("*.py"))


@pytest.mark.heavy
@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_every_example_runs_in_an_interpreter_of_its_own(path: Path) -> None:
    """What other tests of this process have imported can hide an error."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
