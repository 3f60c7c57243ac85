"""The database specialist under a supervisor of langgraph-supervisor, whose model chooses the agent."""

from typing import Any

from langchain_core.messages import AIMessage
from langgraph_supervisor import create_supervisor

from langgraph_dba import ScriptedModel, create_database_specialist

# Predefined replies instead of a model, so that this example needs no API key.
SUPERVISOR = ScriptedModel(
    replies=[
        AIMessage("", tool_calls=[{"name": "transfer_to_database-specialist", "args": {}, "id": "1"}]),
        "Your schema is ready: two tables, and nothing was refuted.",
    ]
)


def main() -> dict[str, Any]:
    """Run the supervisor, and print the messages with their authors."""
    specialist = create_database_specialist(engines=("sqlite",)).compile(name="database-specialist")
    graph = create_supervisor([specialist], model=SUPERVISOR).compile()

    final: dict[str, Any] = graph.invoke({"messages": [("user", "I need a database for teams with players.")]})
    for message in final["messages"]:
        print(f"{message.name or message.type}: {message.text}")
    return final


if __name__ == "__main__":
    main()
