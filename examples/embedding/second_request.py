"""A second request on the same thread: the conversation continues, without the results of the first request."""

import json
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_dba import create_database_specialist

FIRST = "an application for many tenants, with teams and players"
SECOND = "customers place orders"


def decided(answer: dict[str, Any]) -> dict[str, str]:
    """Return the panel's decisions by topic."""
    verdicts = json.loads(answer["artifacts"]["decision.json"])
    return {verdict["question"]["topic"]: verdict["option"] for verdict in verdicts}


def tables(answer: dict[str, Any]) -> list[str]:
    """Return the names of the designed tables."""
    return [table["name"] for table in json.loads(answer["artifacts"]["schema.json"])["tables"]]


def main() -> list[dict[str, Any]]:
    """Send two requests on one thread, and print the tables and decisions of each."""
    graph = create_database_specialist(engines=("sqlite",)).compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
    answers = [graph.invoke({"messages": [("user", request)]}, thread) for request in (FIRST, SECOND)]
    for answer in answers:
        print(f"{', '.join(tables(answer))}; decided: {decided(answer)}; {len(answer['messages'])} messages")
    return answers


if __name__ == "__main__":
    main()
