"""The project manager: splits a request into briefs, one per agent, and writes the report at the end."""

from langgraph_dba.agents.agent import Agent, never

AGENT = Agent(
    name="project-manager",
    node=f"{__name__}.node:create_project_manager",
    when=never,
    stage="lead",
    report=f"{__name__}.report:write_report",
)
