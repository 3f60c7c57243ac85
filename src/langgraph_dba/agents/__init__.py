"""Who works: agent files, and the team that their coordination makes of them."""

from langgraph_dba.agents.team.agent_team import Team, default_team, load_team
from langgraph_dba.agents.team.definition import AgentDefinition, Coordination

__all__ = ["AgentDefinition", "Coordination", "Team", "default_team", "load_team"]
