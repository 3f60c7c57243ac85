"""The database specialist as a node of somebody else's graph, which has a state of its own."""

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from langgraph_dba import create_database_specialist


class ProductState(TypedDict, total=False):
    """The larger graph's state: it knows nothing of the specialist's."""

    idea: str
    ddl: str
    refuted: list[str]
    verdict: str


# compiled without a checkpointer: inside a larger graph it uses that graph's
specialist = create_database_specialist(engines=("sqlite",)).compile(name="database-specialist")


def database(state: ProductState) -> ProductState:
    """Hand the idea to the specialist, and take from its answer what this graph needs."""
    answer = specialist.invoke({"request": state["idea"]})
    refuted = [one["claim"] for one in answer["evidence"] if one["state"] == "refuted"]
    return {"ddl": answer["artifacts"]["schema.sqlite.sql"], "refuted": refuted}


def decide(state: ProductState) -> ProductState:
    """Build on it only if nothing was refuted."""
    return {"verdict": "stop" if state["refuted"] else "build"}


def build_graph() -> StateGraph[ProductState]:
    """The larger graph."""
    builder = StateGraph(ProductState)
    builder.add_node("database", database)
    builder.add_node("decide", decide)
    builder.add_edge(START, "database")
    builder.add_edge("database", "decide")
    builder.add_edge("decide", END)
    return builder


def main() -> ProductState:
    """Run it once and print what came of it."""
    idea = "a league of teams with players"
    final: ProductState = build_graph().compile().invoke({"idea": idea})  # type: ignore[assignment]
    print(final["ddl"])
    print(f"verdict: {final['verdict']}")
    return final


if __name__ == "__main__":
    main()
