"""Agent teams for LangGraph, with a database specialist whose advice was proved on a real database.

The names below are the public ones. They are loaded when first used, so that reading a team needs no LangGraph.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_dba.agents.contracts import ReviewRequest, SchemaPackage, TestRequest
    from langgraph_dba.agents.team.definition import AgentDefinition
    from langgraph_dba.agents.database_specialist.database_panel import database_panel
    from langgraph_dba.agents.panel.panel import Panel
    from langgraph_dba.agents.panel.scripted import ScriptedSeat
    from langgraph_dba.agents.team.agent_team import Team, default_team, load_team
    from langgraph_dba.database.requirements import Requirements, load_requirements, read_request
    from langgraph_dba.database.model.schema import Schema
    from langgraph_dba.errors import DbaError
    from langgraph_dba.evidence import Evidence
    from langgraph_dba.graph.consensus.consensus_graph import create_consensus
    from langgraph_dba.graph.team.handoff_tools import create_handoff_tool
    from langgraph_dba.graph.scripted_model import ScriptedModel
    from langgraph_dba.graph.session.session_run import arun_session, run_session
    from langgraph_dba.graph.session.session_result import SessionResult
    from langgraph_dba.graph.specialist.specialist_graph import create_database_specialist
    from langgraph_dba.graph.team.team_graph import add_agents, create_team
    from langgraph_dba.graph.team.team_state import TeamOutput
    from langgraph_dba.handoffs.brief import Brief

__all__ = [
    "AgentDefinition",
    "Brief",
    "DbaError",
    "Evidence",
    "Panel",
    "Requirements",
    "ReviewRequest",
    "Schema",
    "SchemaPackage",
    "ScriptedModel",
    "ScriptedSeat",
    "SessionResult",
    "Team",
    "TeamOutput",
    "TestRequest",
    "add_agents",
    "arun_session",
    "create_consensus",
    "create_database_specialist",
    "create_handoff_tool",
    "create_team",
    "database_panel",
    "default_team",
    "load_requirements",
    "load_team",
    "read_request",
    "run_session",
]

_PLACES = {
    "AgentDefinition": "agents.definition",
    "Brief": "handoffs.brief",
    "DbaError": "errors",
    "Evidence": "evidence",
    "Panel": "agents.panel.panel",
    "Requirements": "database.requirements",
    "ReviewRequest": "agents.contracts",
    "Schema": "database.schema.model",
    "SchemaPackage": "agents.contracts",
    "ScriptedModel": "graph.scripted_model",
    "ScriptedSeat": "agents.panel.scripted",
    "SessionResult": "graph.session_result",
    "Team": "agents.team",
    "TeamOutput": "graph.team_state",
    "TestRequest": "agents.contracts",
    "add_agents": "graph.team",
    "arun_session": "graph.session",
    "create_consensus": "graph.consensus",
    "create_database_specialist": "graph.specialist",
    "create_handoff_tool": "graph.handoff_tools",
    "create_team": "graph.team",
    "database_panel": "agents.panel.database_panel",
    "default_team": "agents.team",
    "load_requirements": "database.requirements",
    "load_team": "agents.team",
    "read_request": "database.requirements",
    "run_session": "graph.session",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
