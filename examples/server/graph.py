"""A small team for a LangGraph server: it designs and proves a schema, which a person then approves."""

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


class Approval(BaseModel):
    """The person's answer."""

    go: bool
    by: str


def project_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the request to the specialist."""
    return {"handoffs": [{"to": "database-specialist", "brief": turn["request"]}]}


def release_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Show a person the evidence; the run stops if the answer is no."""
    states = [one["state"] for one in turn["evidence"]]
    shown = {"schema": turn["brief"]["context"], "refuted": states.count("refuted")}
    answer = interrupt({"kind": "release", **shown}, response_schema=Approval)
    if not answer.go:
        return {"status": "stopped", "summary": f"Held back by {answer.by}."}
    return {"summary": f"Released by {answer.by}.", "artifacts": {"RELEASE.md": f"{shown['schema']}\n"}}


def make_graph(config: RunnableConfig) -> Any:
    """Build the graph for one run; `configurable` may have `engines`. The server has its own checkpointer."""
    engines = config.get("configurable", {}).get("engines") or ["sqlite"]
    nodes = {
        "project-manager": project_manager,
        "database-specialist": create_database_specialist(engines=engines),
        "release-manager": release_manager,
    }
    return create_team(TEAM, nodes=nodes).compile(name="crew")
