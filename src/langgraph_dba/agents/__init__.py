"""Agents: agent files, teams, the panel, and the built-in agents."""

if __name__ != "langgraph_dba.agents":  # through the link at the top of the repository
    raise ImportError(f"import langgraph_dba.agents, not {__name__}")

from langgraph_dba.agents.team.agent_team import Team, default_team, load_team
from langgraph_dba.agents.team.definition import AgentDefinition, Coordination

__all__ = ["AgentDefinition", "Coordination", "Team", "default_team", "load_team"]
