"""Two database specialists in parallel in one graph, with different names, requests and result channels."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from langgraph_dba import create_database_specialist


class PlatformState(TypedDict, total=False):
    """The state with two requests, two schemas and one conversation."""

    shop: str
    league: str
    shop_ddl: str
    league_ddl: str
    messages: Annotated[list[AnyMessage], add_messages]


def specialist(name: str, request: str, engine: str) -> Any:
    """Return a node that reads one key of the larger state and writes another; its messages have its name."""
    graph = create_database_specialist(engines=(engine,), name=name).compile(name=name)

    def node(state: PlatformState) -> dict[str, Any]:
        answer = graph.invoke({"request": state[request]})  # type: ignore[literal-required]
        return {f"{request}_ddl": answer["artifacts"][f"schema.{engine}.sql"], "messages": answer["messages"]}

    return node


def build_graph(league_engine: str = "postgresql") -> Any:
    """Build the larger graph, in which both start in parallel."""
    builder = StateGraph(PlatformState)
    builder.add_node("shop-dba", specialist("shop-dba", "shop", "sqlite"))
    builder.add_node("league-dba", specialist("league-dba", "league", league_engine))
    for name in ("shop-dba", "league-dba"):
        builder.add_edge(START, name)
        builder.add_edge(name, END)
    return builder


def main() -> dict[str, Any]:
    """Run both once, and print the message of each."""
    asked = {"shop": "customers place orders", "league": "teams with players"}
    final: dict[str, Any] = build_graph().compile().invoke(asked)
    for message in final["messages"]:
        print(f"{message.name}: {message.text}")
    return final


if __name__ == "__main__":
    main()
