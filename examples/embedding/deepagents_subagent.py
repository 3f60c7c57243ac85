"""The database specialist as a sub-agent of a deep agent, which passes it a task and gets one answer."""

from typing import Any

from deepagents import CompiledSubAgent, create_deep_agent
from langchain_core.messages import AIMessage

from langgraph_dba import ScriptedModel, create_database_specialist

TASK = {"subagent_type": "database-specialist", "description": "Design a database for teams with players."}
MAIN = ScriptedModel(
    replies=[
        AIMessage("", tool_calls=[{"name": "task", "args": TASK, "id": "1"}]),
        "The database is designed and proved.",
    ]
)


def main() -> dict[str, Any]:
    """Run the deep agent, and print the conversation."""
    specialist = CompiledSubAgent(
        name="database-specialist",
        description="Designs a database schema and proves it on a real engine.",
        runnable=create_database_specialist(engines=("sqlite",)).compile(name="database-specialist"),
    )
    agent: Any = create_deep_agent(model=MAIN, subagents=[specialist])

    final: dict[str, Any] = agent.invoke({"messages": [("user", "Plan the software of our league.")]})
    for message in final["messages"]:
        print(f"{message.type}: {message.text}")
    return final


if __name__ == "__main__":
    main()
