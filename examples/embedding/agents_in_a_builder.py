"""A team's agents in a graph that exists already: they share its messages and its request, and bring their own channels."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from langgraph_dba import AgentDefinition, Team, add_agents, create_database_specialist

TEAM = Team.of(
    AgentDefinition(name="planner", hands_off_to=("database-specialist",)),
    AgentDefinition(name="database-specialist", hands_off_to=("test-engineer",)),
    AgentDefinition(name="test-engineer"),
)
