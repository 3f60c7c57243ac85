"""The built-in team runs without further arguments, and a new agent needs no other change."""

import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import StateGraph

import langgraph_dba
from langgraph_dba import AgentDefinition, Team, TeamOutput, add_agents, create_team, default_team, run_session
from langgraph_dba.agents.agent import Agent, NodeSettings
from langgraph_dba.agents.kit.contracts import ReviewRequest
from langgraph_dba.errors import InputError

PACKAGE = Path(langgraph_dba.__file__).parent
FOLDER = """
from langgraph_dba.agents.agent import Agent

def steward(turn):
    return {"artifacts": {"OWNERS.md": turn["brief"]["specific_task"]}, "summary": "Named the owners."}

AGENT = Agent(name="data-steward", node=lambda settings: steward, title="owners", task="Name an owner for each table.")
"""
MARKDOWN = "---\nname: data-steward\ndescription: Names owners.\ncoordination: {coordination}\n---\nYou name owners.\n"
REACHED, UNREACHED = "{receives_from: [project-manager]}", "{hands_off_to: [code-reviewer]}"


def test_two_lines_run_the_team_that_comes_with_the_package() -> None:
    graph = create_team(default_team()).compile()

    final = graph.invoke({"request": "teams with players"})

    assert final["status"] == "completed"
    assert {"schema.sqlite.sql", "models/sqlite.py", "review.md", "report.md", "WORKLOG.md"} <= set(final["artifacts"])
    assert final["empty"] == [
        "api-designer", "code-architect", "data-analyst", "devops-engineer", "migration-specialist",
        "performance-optimizer", "security-auditor",
    ]  # fmt: skip


def test_agents_of_the_team_that_comes_with_the_package_join_a_builder_with_their_nodes() -> None:
    builder = StateGraph(TeamOutput)

    add_agents(builder, default_team())

    agents = {"project-manager", "database-specialist", "test-engineer", "backend-specialist", "code-reviewer"}
    assert agents <= set(builder.nodes)


def test_a_custom_code_reviewer_takes_any_payload() -> None:
    definitions = (
        AgentDefinition(name="coder", coordination={"hands_off_to": ["code-reviewer"]}),
        AgentDefinition(name="code-reviewer"),
    )
    seen: list[Mapping[str, Any]] = []
    handoff = {"to": "code-reviewer", "brief": "Look.", "payload": {"diff": "+1"}}
    nodes = {"coder": lambda _: {"handoffs": [handoff]}, "code-reviewer": seen.append}

    final = create_team(Team(definitions), nodes=nodes).compile().invoke({"request": "x"})

    assert final["status"] == "completed"
    assert seen[0]["inbox"][0]["payload"] == {"diff": "+1"}


def test_a_team_of_ones_own_may_bring_nodes_contracts_and_gates() -> None:
    definitions = (
        AgentDefinition(name="coder", coordination={"hands_off_to": ["judge", "writer"]}),
        AgentDefinition(name="judge"),
        AgentDefinition(name="writer", coordination={"hands_off_to": ["judge"]}),
    )
    ran: list[str] = []

    def node(settings: NodeSettings) -> Any:
        assert len(settings.agents) == 3

        def run(turn: Mapping[str, Any]) -> dict[str, Any]:
            ran.append(turn["agent"])
            receivers = turn["hands_off_to"] if turn["agent"] == "coder" else []
            return {"handoffs": [{"to": name, "brief": "x", "payload": {"round": 1}} for name in receivers]}

        return run

    agents = (
        Agent(name="coder", node=node),
        Agent(name="writer", node=node),
        Agent(name="judge", node=node, takes=ReviewRequest, stage="gate"),
    )

    final = create_team(Team(definitions, agents=agents), entry="coder").compile().invoke({"request": "x"})

    assert ran == ["coder", "writer", "judge"]
    assert [line["contract"] for line in final["handoffs"]] == ["ReviewRequest", ""]


def test_an_unreachable_agent_is_logged_and_listed_apart_from_one_that_was_not_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = {"lead": ["a", "b"], "a": [], "b": [], "c": ["a"]}
    definitions = tuple(AgentDefinition(name=n, coordination={"hands_off_to": to}) for n, to in names.items())
    nodes: dict[str, Any] = dict.fromkeys(names, lambda _: None)
    nodes["lead"] = lambda _: {"handoffs": [{"to": "a", "brief": "x"}]}
    views: list[Mapping[str, Any]] = []

    def report(view: Mapping[str, Any]) -> str:
        views.append(view)
        return "the end"

    with caplog.at_level(logging.WARNING, "langgraph_dba"):
        graph = create_team(Team(definitions), nodes=nodes, entry="lead", report=report)
    graph.compile().invoke({"request": "x"})

    assert [record.getMessage() for record in caplog.records] == [
        "no chain of handoffs leads from lead to c: add it to a `hands_off_to`"
    ]
    assert (views[0]["not_called"], views[0]["unreachable"]) == (["b"], ["c"])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Copy the package and add the folder of one agent; each test writes the Markdown file."""
    copy = tmp_path / "copy" / "langgraph_dba"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    steward = copy / "agents" / "data_steward"
    steward.mkdir()
    (steward / "__init__.py").write_text(FOLDER)
    return copy


def _session(copy: Path, coordination: str, out: Path) -> tuple[dict[str, Any], str]:
    """Run a session with the copy; return its session.json and its stderr."""
    markdown = MARKDOWN.replace("{coordination}", coordination)
    (copy / "agents" / "default_team" / "data-steward.md").write_text(markdown)
    command = [sys.executable, "-m", "langgraph_dba", "session", "teams with players", "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(copy.parent)}
    done = subprocess.run(
        [*command, "--engine", "sqlite"], env=environment, cwd=copy.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads((out / "session.json").read_text())
    return summary, done.stderr


def test_a_thirteenth_agent_is_one_folder_and_one_file_and_runs_in_a_session(copied: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    summary, _ = _session(copied, REACHED, out)

    assert (out / "OWNERS.md").read_text() == "Name an owner for each table."
    assert ("project-manager", "data-steward") in {(line["from"], line["to"]) for line in summary["handoffs"]}
    assert (summary["not_called"], summary["unreachable"]) == ([], [])
    assert "- data-steward\n" in (out / "report.md").read_text()


def test_a_thirteenth_agent_that_no_edge_reaches_is_reported(copied: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    summary, stderr = _session(copied, UNREACHED, out)

    assert not (out / "OWNERS.md").exists()
    assert summary["unreachable"] == ["data-steward"]
    assert "data-steward: not called, no chain of handoffs leads to it" in (out / "report.md").read_text()
    assert "no chain of handoffs leads from project-manager to data-steward" in stderr


def test_a_missing_extra_is_one_line_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "langgraph_dba.extras.find_spec", lambda name: None if name == "alembic" else importlib.util.find_spec(name)
    )

    with pytest.raises(InputError, match=r"needs alembic: pip install 'langgraph-dba\[session\]'"):
        create_team(default_team())
    with pytest.raises(InputError, match=r"needs alembic: pip install 'langgraph-dba\[session\]'"):
        run_session("teams with players", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_importing_a_session_does_not_import_its_extra() -> None:
    script = (
        "import sys; from langgraph_dba import create_team, default_team, run_session; default_team()\n"
        "print({'alembic', 'sqlacodegen', 'pytest', 'langgraph.checkpoint.sqlite'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
