"""Add a team's agents to an existing graph, between its own nodes and with its own state."""

from collections.abc import Mapping
from typing import Any

from langgraph.graph import END, START, StateGraph

from langgraph_dba import AgentDefinition, Team, TeamOutput, add_agents, create_database_specialist


class ShopState(TeamOutput, total=False):
    """The graph's own state, and the team's output: messages, artifacts, evidence, handoffs, status."""

    request: str
    customer: str
    offer: str


TEAM = Team(
    (
        AgentDefinition(name="planner", coordination={"hands_off_to": ["database-specialist"]}),
        AgentDefinition(name="database-specialist", coordination={"hands_off_to": ["pricing"]}),
        AgentDefinition(name="pricing"),
    )
)


def listen(state: ShopState) -> ShopState:
    """Convert the graph's state to a request for the team."""
    return {"request": f"{state['customer']} needs teams with players"}


def planner(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the request to the specialist."""
    return {"handoffs": [{"to": "database-specialist", "brief": turn["request"]}]}


def pricing(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Calculate a price for the design: an agent's input has the files that the team has written so far."""
    tables = turn["artifacts"]["schema.sqlite.sql"].count("CREATE TABLE")
    return {"artifacts": {"price.txt": f"{tables * 100} a month"}}


def answer(state: ShopState) -> ShopState:
    """Use the team's output in the state."""
    return {"offer": f"{state['customer']}: {state['artifacts']['price.txt']}"}


def main() -> dict[str, Any]:
    """Build the graph, run it once, and print the offer and the handoffs."""
    builder = StateGraph(ShopState)
    builder.add_node("listen", listen)
    builder.add_node("answer", answer)
    specialist = create_database_specialist(engines=("sqlite",))
    nodes = {"planner": planner, "database-specialist": specialist, "pricing": pricing}
    add_agents(builder, TEAM, nodes=nodes, finish="answer")
    builder.add_edge(START, "listen")
    builder.add_edge("listen", "planner")
    builder.add_edge("answer", END)

    final: dict[str, Any] = builder.compile().invoke({"customer": "a league"})
    print(" -> ".join(["planner", *(handoff["to"] for handoff in final["handoffs"])]))
    print(final["offer"])
    return final


if __name__ == "__main__":
    main()
