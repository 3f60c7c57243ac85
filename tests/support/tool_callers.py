"""Agents whose models make scripted tool calls, in a team and in another graph."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from pairing_check import pairing_of
from pydantic import BaseModel, ConfigDict

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.graph.scripted_model import ScriptedModel
from langgraph_dba.graph.team.handoff_tools import create_handoff_tool

TEAM = Team(
    (
        AgentDefinition(name="lead", coordination=Coordination(hands_off_to=("a", "b"), parallel_with=())),
        AgentDefinition(name="a", coordination=Coordination(parallel_with=("b",))),
        AgentDefinition(name="b"),
        AgentDefinition(name="c"),
    )
)


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: int


@tool
def look(what: str) -> str:
    """Look something up."""
    return f"{what} is blue"


def calling(*calls: tuple[str, Mapping[str, Any]], text: str = "", start: int = 0) -> AIMessage:
    numbered = enumerate(calls, start)
    return AIMessage(text, tool_calls=[{"name": n, "args": dict(a), "id": f"call-{i}"} for i, (n, a) in numbered])


TOOLS = [create_handoff_tool(agent_name=name) for name in "abc"]


def lead_of(*replies: Any, tools: Sequence[BaseTool] = TOOLS) -> Any:
    return create_agent(ScriptedModel(replies=list(replies)), [look, *tools], name="lead")


def answers(messages: Sequence[AnyMessage]) -> dict[str, ToolMessage]:
    return {message.tool_call_id: message for message in messages if isinstance(message, ToolMessage)}


def is_paired(messages: Sequence[AnyMessage]) -> bool:
    return pairing_of(messages).is_valid


def alone(lead: Any) -> dict[str, Any]:
    """Return the lead in a parent graph that is not a team."""
    builder: Any = StateGraph(MessagesState)
    builder.add_node("lead", lead, destinations=("a", "b", END))
    for name in "ab":
        builder.add_node(name, lambda _, name=name: {"messages": [AIMessage(f"{name} here")]})
    builder.add_edge(START, "lead")
    result: dict[str, Any] = builder.compile().invoke({"messages": [("user", "paint the fence")]})
    return result
