"""The node of the project manager: read the requirements, and hand one brief to each agent."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph_dba.agents.agent import Agent, NodeSettings, predecessors
from langgraph_dba.agents.kit.requirements_reader import requirements_of
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.handoffs.brief import Brief


def create_project_manager(settings: NodeSettings) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the node; it hands a brief to each agent of the table that the request needs and it may hand off to."""

    def project_manager(turn: Mapping[str, Any]) -> dict[str, Any]:
        requirements = requirements_of(turn.get("request") or "", turn.get("requirements"))
        needed = [agent for agent in settings.agents if agent.when(requirements)]
        reached = [agent for agent in needed if _may_reach(turn, agent)]
        left_out = ", ".join(agent.display_title for agent in needed if agent not in reached)
        briefs = [{"to": agent.name, "brief": _brief(agent, requirements, reached).model_dump()} for agent in reached]
        titles = ", ".join(agent.display_title for agent in reached)
        return {
            "handoffs": briefs,
            "summary": f"{requirements.title}: {len(reached)} domains ({titles}).",
            # In a team whose edges differ from the built-in one's, a needed agent must not be missing silently.
            "gotcha": f"needed, but no handoff in this team: {left_out}" if left_out else "",
        }

    return project_manager


def _may_reach(turn: Mapping[str, Any], agent: Agent) -> bool:
    # None outside a team: then there are no edges that limit the receivers.
    return turn.get("hands_off_to") is None or agent.name in turn["hands_off_to"]


def _brief(agent: Agent, requirements: Requirements, reached: Sequence[Agent]) -> Brief:
    entities = ", ".join(entity.name for entity in requirements.entities)
    return Brief(
        context=f"{requirements.request or requirements.title}\n\nEntities: {entities}.",
        vision_alignment=f"{requirements.title}: every claim is proved, or marked as not proved.",
        specific_task=agent.task,
        success_criteria=agent.criteria,
        dependencies=tuple(other.name for other in predecessors(agent, reached)),
        integration_points=tuple(f"{other.name}: {other.display_title}" for other in reached if other is not agent),
    )
