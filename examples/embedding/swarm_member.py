"""The database specialist in a swarm of langgraph-swarm: it gets the conversation, and hands it back."""

from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_swarm import create_swarm

from langgraph_dba import ScriptedModel, create_database_specialist, create_handoff_tool

TRANSFER = {"name": "transfer_to_database-specialist", "args": {}, "id": "transfer-1", "type": "tool_call"}


def triage(messages: list[BaseMessage]) -> AIMessage:
    """Return predefined replies instead of a model's."""
    if "database" in messages[-1].text:
        return AIMessage("", tool_calls=[TRANSFER])
    return AIMessage("You are welcome." if "Thank you" in messages[-1].text else "What is it about?")


def build_swarm() -> Any:
    """Build a swarm of a triage agent with our handoff tool and the specialist, which hands back other messages."""
    tools = [create_handoff_tool(agent_name="database-specialist")]
    receptionist: Any = create_agent(ScriptedModel(replies=triage), tools=tools, name="triage")
    specialist = create_database_specialist(engines=("sqlite",), hands_back_to="triage")
    members = [receptionist, specialist.compile(name="database-specialist")]
    return create_swarm(members, default_active_agent="triage")


def main() -> list[str]:
    """Run a conversation, and print the author of each answer; the active agent gets the next message."""
    graph = build_swarm().compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
    answered = []
    for said in (
        "Hello!",
        "I need a database for teams with players.",
        "And one where customers place orders.",
        "Thank you.",
    ):
        answer = graph.invoke({"messages": [("user", said)]}, thread)["messages"][-1]
        answered.append(f"{answer.name}: {answer.text.splitlines()[0]}")
        print(f"person: {said}\n{answered[-1]}")
    return answered


if __name__ == "__main__":
    main()
