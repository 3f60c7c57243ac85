"""A small team for a LangGraph server: a schema is designed and proved, and a person gives the go for it."""

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt
from pydantic import BaseModel

from langgraph_dba import AgentDefinition, Team, create_database_specialist, create_team

TEAM = Team(
    (
        AgentDefinition(name="project-manager", coordination={"hands_off_to": ["database-specialist"]}),
        AgentDefinition(name="database-specialist", coordination={"hands_off_to": ["release-manager"]}),
        AgentDefinition(name="release-manager"),
    )
)


class Go(BaseModel):
    """What the person answers."""

    go: bool
    by: str


def project_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the request to the specialist."""
    return {"handoffs": [{"to": "database-specialist", "brief": turn["request"]}]}


def release_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Show a person what was proved; a no stops the run."""
    states = [one["state"] for one in turn["evidence"]]
    shown = {"schema": turn["brief"]["context"], "refuted": states.count("refuted")}
    answer = interrupt({"kind": "release", **shown}, response_schema=Go)
    if not answer.go:
        return {"status": "stopped", "summary": f"Held back by {answer.by}."}
    return {"summary": f"Released by {answer.by}.", "artifacts": {"RELEASE.md": f"{shown['schema']}\n"}}


def make_graph(config: RunnableConfig) -> Any:
    """Build the graph for one run; `configurable` may name the `engines`. The server brings its own checkpointer."""
    engines = config.get("configurable", {}).get("engines") or ["sqlite"]
    nodes = {
        "project-manager": project_manager,
        "database-specialist": create_database_specialist(engines=engines),
        "release-manager": release_manager,
    }
    return create_team(TEAM, nodes=nodes).compile(name="crew")
