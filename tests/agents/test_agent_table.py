"""The table of built-in agents: one folder per agent; the team's contracts, gates and order are derived from it."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from langgraph_dba import plugins
from langgraph_dba.agents import agent_table
from langgraph_dba.agents.agent import Agent, NodeSettings
from langgraph_dba.agents.agent_table import built_in_agents
from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage, TestRequest
from langgraph_dba.agents.team.agent_team import Team, default_team, load_team
from langgraph_dba.errors import InputError

IMPORT = "from langgraph_dba.agents.agent import Agent\n"
STEWARD = """---
name: data-steward
description: Names the owner of each table.
coordination:
  receives_from: [project-manager]
---
You name owners.
"""


def test_the_table_stands_in_the_order_of_work() -> None:
    assert [agent.name for agent in built_in_agents()] == [
        "project-manager", "database-specialist", "test-engineer", "backend-specialist", "migration-specialist",
        "performance-optimizer", "security-auditor", "code-reviewer",
    ]  # fmt: skip


def test_the_default_team_brings_contracts_gates_and_order() -> None:
    team = default_team()

    assert team.contracts == {
        "test-engineer": TestRequest,
        "backend-specialist": SchemaPackage,
        "code-reviewer": ReviewRequest,
    }
    assert team.gates == ("code-reviewer",)
    assert team.before == (("test-engineer", "backend-specialist"), ("test-engineer", "migration-specialist"))


def test_every_agent_with_a_node_can_build_it() -> None:
    assert set(default_team().create_nodes(NodeSettings(engines=("sqlite",)))) == {
        "project-manager", "database-specialist", "test-engineer", "backend-specialist", "code-reviewer",
    }  # fmt: skip


def test_a_name_alone_has_no_node_or_contract(tmp_path: Path) -> None:
    (tmp_path / "code-reviewer.md").write_text("---\nname: code-reviewer\n---\nReview.")

    team = load_team(tmp_path)

    assert (team.contracts, team.gates, team.before, team.create_nodes()) == ({}, (), (), {})


def test_every_contract_that_an_agent_gives_is_taken_by_another() -> None:
    agents = built_in_agents()
    taken = {agent.takes for agent in agents}

    given = [contract for agent in agents for contract in agent.gives]
    assert given
    assert taken.issuperset(given)


def test_a_line_without_an_agent_in_the_team_has_no_effect() -> None:
    team = Team((), agents=built_in_agents())

    assert (team.contracts, team.gates, team.before, team.create_nodes()) == ({}, (), (), {})


def _add_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, markdown: str = STEWARD) -> None:
    package = tmp_path / "data_steward"
    package.mkdir()
    (package / "__init__.py").write_text(code)
    if markdown:
        (package / "data-steward.md").write_text(markdown)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "data_steward", raising=False)
    point = EntryPoint("data-steward", "data_steward", agent_table.GROUP)
    monkeypatch.setattr(plugins, "plugin_points", lambda group: (point,) if group == agent_table.GROUP else ())


def test_another_package_adds_an_agent_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_package(tmp_path, monkeypatch, f"{IMPORT}AGENT = Agent(name='data-steward', node=lambda _: print)")

    team = default_team()

    assert ("project-manager", "data-steward") in team.edges()
    assert team.create_nodes()["data-steward"] is print


@pytest.mark.parametrize(
    ("code", "markdown", "reason"),
    [
        ("", STEWARD, "has no AGENT: write `AGENT = Agent"),
        (f"{IMPORT}AGENT = Agent(name='steward')", STEWARD, "but its AGENT is called steward: rename one"),
        (f"{IMPORT}AGENT = Agent(name='data-steward')", "", "has no file data-steward.md in its package"),
        ("raise OSError('no disk')", STEWARD, "cannot be imported: OSError: no disk"),
    ],
    ids=["no agent", "another name", "no file", "no import"],
)
def test_a_package_that_cannot_be_used_is_an_error_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, markdown: str, reason: str
) -> None:
    _add_package(tmp_path, monkeypatch, code, markdown)

    with pytest.raises(InputError, match=f"the agent data-steward.*{reason}"):
        default_team()


def test_an_agent_without_a_node_cannot_build_one() -> None:
    with pytest.raises(TypeError, match="the agent x has no node"):
        Agent(name="x").create_node(NodeSettings())
