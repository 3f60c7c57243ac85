"""The built-in team."""

from langgraph_dba.agents import default_team
from langgraph_dba.agents.team.edges import reachable

TEAM = default_team()


def test_it_loads_without_a_word() -> None:
    assert TEAM.issues == ()


def test_its_twelve_agents() -> None:
    assert set(TEAM.names) == {
        "api-designer", "backend-specialist", "code-architect", "code-reviewer", "data-analyst", "database-specialist",
        "devops-engineer", "migration-specialist", "performance-optimizer", "project-manager", "security-auditor",
        "test-engineer",
    }  # fmt: skip


def test_the_coordination_lists_of_the_database_specialist() -> None:
    coordination = TEAM.get("database-specialist").coordination

    assert coordination.hands_off_to == (
        "backend-specialist", "test-engineer", "code-reviewer", "performance-optimizer", "migration-specialist",
    )  # fmt: skip
    assert coordination.receives_from == ("project-manager", "code-architect", "backend-specialist", "data-analyst")
    assert coordination.parallel_with == ("api-designer", "security-auditor", "devops-engineer")


def test_both_sides_say_the_same() -> None:
    assert TEAM.edges("declared") == TEAM.edges("agreed") == TEAM.edges("union")
    assert TEAM.parallel("either") == TEAM.parallel("mutual")


def test_the_manager_begins_and_reaches_everyone_directly() -> None:
    assert TEAM.entry() == "project-manager"
    assert {to for sender, to in TEAM.edges() if sender == "project-manager"} == set(TEAM.names) - {"project-manager"}


def test_tests_and_code_go_back_and_forth_and_never_share_a_wave() -> None:
    edges = set(TEAM.edges())

    assert {("test-engineer", "backend-specialist"), ("backend-specialist", "test-engineer")} <= edges
    assert {("test-engineer", "code-reviewer"), ("backend-specialist", "code-reviewer")} <= edges
    assert ("backend-specialist", "test-engineer") not in TEAM.parallel()


def test_every_piece_of_work_can_reach_the_gate() -> None:
    assert all("code-reviewer" in reachable(name, TEAM.edges()) for name in TEAM.names)


def test_every_agent_has_a_description_and_boundaries() -> None:
    for definition in TEAM.definitions:
        assert len(definition.description) > 80
        for heading in ("## What you own", "## What you are handed", "## What you hand over", "## Boundaries"):
            assert heading in definition.body, (definition.name, heading)


def test_no_agent_claims_more_certainty_than_it_has() -> None:
    """The specialist's text must not promise a fixed confidence."""
    assert "%" not in TEAM.get("database-specialist").body
