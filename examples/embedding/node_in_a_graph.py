"""The database specialist as a node of a larger graph, which has its own state."""

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from langgraph_dba import create_database_specialist


class ProductState(TypedDict, total=False):
    """The larger graph's state, which has none of the specialist's channels."""

    idea: str
    ddl: str
    refuted: list[str]
    verdict: str


# compiled without a checkpointer: inside a larger graph it uses the checkpointer of that graph
specialist = create_database_specialist(engines=("sqlite",)).compile(name="database-specialist")


def database(state: ProductState) -> ProductState:
    """Pass the idea to the specialist, and return the parts of its answer that this graph needs."""
    answer = specialist.invoke({"request": state["idea"]})
    refuted = [one["claim"] for one in answer["evidence"] if one["state"] == "refuted"]
    return {"ddl": answer["artifacts"]["schema.sqlite.sql"], "refuted": refuted}


def decide(state: ProductState) -> ProductState:
    """Choose the next node: continue only if no claim was refuted."""
    return {"verdict": "stop" if state["refuted"] else "build"}


def build_graph() -> StateGraph[ProductState]:
    """Build the larger graph."""
    builder = StateGraph(ProductState)
    builder.add_node("database", database)
    builder.add_node("decide", decide)
    builder.add_edge(START, "database")
    builder.add_edge("database", "decide")
    builder.add_edge("decide", END)
    return builder


def main() -> ProductState:
    """Run it once and print the result."""
    idea = "a league of teams with players"
    final: ProductState = build_graph().compile().invoke({"idea": idea})  # type: ignore[assignment]
    print(final["ddl"])
    print(f"verdict: {final['verdict']}")
    return final


if __name__ == "__main__":
    main()
