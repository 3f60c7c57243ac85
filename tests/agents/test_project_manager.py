from langgraph_dba.agents.agent import NodeSettings, never
from langgraph_dba.agents.agent_table import built_in_agents
from langgraph_dba.agents.project_manager.node import create_project_manager
from langgraph_dba.agents.project_manager.report import write_report
from langgraph_dba.agents.team.agent_team import default_team
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.handoffs.brief import Brief

HEADINGS = (
    "Context", "Vision Alignment", "Specific Task", "Success Criteria", "Dependencies", "Integration Points"
)  # fmt: skip


project_manager = create_project_manager(NodeSettings(agents=built_in_agents()))


def _turn(requirements: Requirements) -> dict[str, object]:
    return {"requirements": requirements.model_dump(mode="json", by_alias=True)}


def test_the_manager_reaches_every_agent_that_a_request_can_need() -> None:
    team = default_team()
    needed = {agent.name for agent in team.agents if agent.when is not never}

    assert needed
    assert {("project-manager", name) for name in needed} <= set(team.edges())


def test_a_brief_waits_for_the_agents_of_earlier_stages(projects: Requirements) -> None:
    briefs = {handoff["to"]: handoff["brief"] for handoff in project_manager(_turn(projects))["handoffs"]}

    assert {name: brief["dependencies"] for name, brief in briefs.items()} == {
        "database-specialist": (),
        "test-engineer": ("database-specialist",),
        "backend-specialist": ("database-specialist", "test-engineer"),
        "performance-optimizer": ("database-specialist",),
        "security-auditor": ("database-specialist",),
        "code-reviewer": ("database-specialist", "test-engineer", "backend-specialist"),
    }


def test_each_brief_has_the_six_headings_filled(projects: Requirements) -> None:
    for handoff in project_manager(_turn(projects))["handoffs"]:
        text = Brief.read(handoff["brief"]).to_markdown()
        assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(HEADINGS)


def test_agents_that_the_request_does_not_need_get_no_brief() -> None:
    plain = Requirements.model_validate(
        {"title": "T", "entities": [{"name": "thing", "attributes": [{"name": "name"}]}]}
    )

    questions = [handoff["to"] for handoff in project_manager(_turn(plain))["handoffs"]]

    assert questions == ["database-specialist", "test-engineer", "backend-specialist", "code-reviewer"]


def test_only_agents_with_an_edge_get_a_brief_and_the_others_are_listed(projects: Requirements) -> None:
    turn = {**_turn(projects), "hands_off_to": ["database-specialist", "somebody-else"]}

    given = project_manager(turn)

    assert [handoff["to"] for handoff in given["handoffs"]] == ["database-specialist"]
    assert given["gotcha"].startswith("needed, but no handoff in this team: tests, models, ")


def test_tenants_and_service_levels_bring_further_domains(projects: Requirements) -> None:
    questions = {handoff["to"] for handoff in project_manager(_turn(projects))["handoffs"]}

    assert {"security-auditor", "performance-optimizer"} <= questions


def test_the_report_has_five_sections_with_every_problem() -> None:
    evidence = [
        {"claim": "a", "proof": "p", "engine": "sqlite", "state": "refuted", "reason": "a row leaks"},
        {"claim": "b", "proof": "q", "engine": "sqlite", "state": "not run", "reason": "no roles"},
    ]
    view = {"evidence": evidence, "handoffs": [], "log": {}, "status": "stopped", "reason": "too many", "empty": ["x"]}
    view |= {"not_called": ["y"], "unreachable": ["z"]}

    text = write_report(view)["artifacts"]["report.md"]

    for heading in ("Completed", "In Progress", "Blocked", "Next Up", "Quality Status"):
        assert f"## {heading}" in text
    for answers in (
        "a row leaks",
        "no roles",
        "too many",
        "x: no node yet",
        "y: not called",
        "z: not",
    ):
        assert answers in text
