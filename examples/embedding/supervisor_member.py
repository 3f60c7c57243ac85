"""The database specialist under a supervisor of langgraph-supervisor, whose model decides whom to ask."""

from typing import Any

from langchain_core.messages import AIMessage
from langgraph_supervisor import create_supervisor

from langgraph_dba import ScriptedModel, create_database_specialist

# What a model would say, written beforehand: this example needs no key.
SUPERVISOR = ScriptedModel(
    replies=[
        AIMessage("", tool_calls=[{"name": "transfer_to_database-specialist", "args": {}, "id": "1"}]),
        "Your schema is ready: two tables, and nothing was refuted.",
    ]
)


def main() -> dict[str, Any]:
    """Ask the supervisor, and print who said what."""
    specialist = create_database_specialist(engines=("sqlite",)).compile(name="database-specialist")
    graph = create_supervisor([specialist], model=SUPERVISOR).compile()

    final: dict[str, Any] = graph.invoke({"messages": [("user", "I need a database for teams with players.")]})
    for message in final["messages"]:
        print(f"{message.name or message.type}: {message.text}")
    return final


if __name__ == "__main__":
    main()
