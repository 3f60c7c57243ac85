"""A team inside a larger graph hands work to an agent of the larger graph."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import START, StateGraph

from langgraph_dba import AgentDefinition, Team, TeamOutput, create_database_specialist, create_team


class CompanyState(TeamOutput, total=False):
    """The larger graph's state: the team's output, and the handoffs to agents outside the team."""

    request: str
    inbox: list[dict[str, Any]]


TEAM = Team(
    (
        AgentDefinition(name="project-manager", coordination={"hands_off_to": ["database-specialist"]}),
        AgentDefinition(name="database-specialist", coordination={"hands_off_to": ["release-manager"]}),
    ),
    external=frozenset({"release-manager"}),
)


def project_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the request to the specialist."""
    return {"handoffs": [{"to": "database-specialist", "brief": turn["request"]}]}


def release_manager(state: CompanyState) -> dict[str, Any]:
    """Read the handoff in the inbox; the files are in the state."""
    (work,) = state["inbox"]
    text = f"Released {len(state['artifacts'])} files from {work['from']}: {work['brief']['context']}"
    return {"messages": [AIMessage(text, name="release-manager")]}


def main() -> dict[str, Any]:
    """Run the larger graph once, and print the messages with their authors."""
    specialist = create_database_specialist(engines=("sqlite",))
    nodes = {"project-manager": project_manager, "database-specialist": specialist}
    builder = StateGraph(CompanyState)
    builder.add_node("team", create_team(TEAM, nodes=nodes).compile(), destinations=("release-manager",))
    builder.add_node("release-manager", release_manager)
    builder.add_edge(START, "team")

    final: dict[str, Any] = builder.compile().invoke({"request": "teams with players"})
    for message in final["messages"]:
        print(f"{message.name or message.type}: {message.text.splitlines()[0]}")
    return final


if __name__ == "__main__":
    main()
