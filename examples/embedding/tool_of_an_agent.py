"""The database specialist as a tool: an agent calls it when it needs a schema, and gets the evidence."""

from typing import Any

from langchain.agents import create_agent
from langchain.tools import tool
from langchain_core.messages import AIMessage

from langgraph_dba import ScriptedModel, create_database_specialist

specialist = create_database_specialist(engines=("sqlite",)).compile(name="database-specialist")


@tool(response_format="content_and_artifact")
def design_database(application: str) -> tuple[str, dict[str, Any]]:
    """Design a database for an application, described in a sentence, and prove it on a real engine."""
    answer = specialist.invoke({"messages": [("user", application)]})
    return answer["messages"][-1].text, {"status": answer["status"], "evidence": answer["evidence"]}


def main() -> dict[str, Any]:
    """Run the agent, and print the result of its tool; the model gets the statements, the program the evidence."""
    call = {"name": "design_database", "args": {"application": "teams with players"}, "id": "1", "type": "tool_call"}
    model = ScriptedModel(replies=[AIMessage("", tool_calls=[call]), "Here is your schema."])
    agent: Any = create_agent(model, tools=[design_database])
    final: dict[str, Any] = agent.invoke({"messages": [("user", "I want to manage a league.")]})

    found = next(message for message in final["messages"] if message.type == "tool")
    for one in found.artifact["evidence"]:
        print(f"{one['state']:<10} {one['claim']}")
    print(final["messages"][-1].text)
    return final


if __name__ == "__main__":
    main()
