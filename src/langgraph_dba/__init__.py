"""Agent teams for LangGraph, with a database specialist whose advice was executed on a real database.

The names below are the public ones. They are loaded when they are first used: reading a team needs no LangGraph.
"""

from typing import TYPE_CHECKING

from langgraph_dba.lazy import lazy_names

if TYPE_CHECKING:
    from langgraph_dba.agents.database_specialist.database_panel import database_panel
    from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage, TestRequest
    from langgraph_dba.agents.panel.panel import Panel
    from langgraph_dba.agents.panel.scripted_seat import ScriptedSeat
    from langgraph_dba.agents.team.agent_team import Team, default_team, load_team
    from langgraph_dba.agents.team.definition import AgentDefinition
    from langgraph_dba.database.model.schema import Schema
    from langgraph_dba.database.request.sentence_reader import read_request
    from langgraph_dba.database.requirements.file import load_requirements
    from langgraph_dba.database.requirements.model import Requirements
    from langgraph_dba.errors import DbaError, EngineUnavailable, UnsafeRole
    from langgraph_dba.evidence.evidence import Evidence
    from langgraph_dba.graph.consensus.consensus_graph import create_consensus
    from langgraph_dba.graph.scripted_model import ScriptedModel
    from langgraph_dba.graph.session.session_result import SessionResult
    from langgraph_dba.graph.session.session_run import arun_session, run_session
    from langgraph_dba.graph.specialist.specialist_graph import create_database_specialist
    from langgraph_dba.graph.team.handoff_tools import create_handoff_tool
    from langgraph_dba.graph.team.team_graph import add_agents, create_team
    from langgraph_dba.graph.team.team_state import TeamOutput
    from langgraph_dba.handoffs.brief import Brief
    from langgraph_dba.handoffs.worklog import render_worklog
    from langgraph_dba.redaction import redact

__all__ = [
    "AgentDefinition",
    "Brief",
    "DbaError",
    "EngineUnavailable",
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
    "UnsafeRole",
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
    "redact",
    "render_worklog",
    "run_session",
]

_MODULES = {
    "AgentDefinition": "agents.team.definition",
    "Brief": "handoffs.brief",
    "DbaError": "errors",
    "EngineUnavailable": "errors",
    "Evidence": "evidence.evidence",
    "Panel": "agents.panel.panel",
    "Requirements": "database.requirements.model",
    "ReviewRequest": "agents.kit.contracts",
    "Schema": "database.model.schema",
    "SchemaPackage": "agents.kit.contracts",
    "ScriptedModel": "graph.scripted_model",
    "ScriptedSeat": "agents.panel.scripted_seat",
    "SessionResult": "graph.session.session_result",
    "Team": "agents.team.agent_team",
    "TeamOutput": "graph.team.team_state",
    "TestRequest": "agents.kit.contracts",
    "UnsafeRole": "errors",
    "add_agents": "graph.team.team_graph",
    "arun_session": "graph.session.session_run",
    "create_consensus": "graph.consensus.consensus_graph",
    "create_database_specialist": "graph.specialist.specialist_graph",
    "create_handoff_tool": "graph.team.handoff_tools",
    "create_team": "graph.team.team_graph",
    "database_panel": "agents.database_specialist.database_panel",
    "default_team": "agents.team.agent_team",
    "load_requirements": "database.requirements.file",
    "load_team": "agents.team.agent_team",
    "read_request": "database.request.sentence_reader",
    "redact": "redaction",
    "render_worklog": "handoffs.worklog",
    "run_session": "graph.session.session_run",
}
__getattr__, __dir__ = lazy_names(__name__, _MODULES)
