"""The performance optimizer: has no node yet; a request needs it if an access has a service level."""

from typing import TYPE_CHECKING

from langgraph_dba.agents.agent import Agent

if TYPE_CHECKING:
    from langgraph_dba.database.requirements import Requirements


def _has_service_levels(requirements: "Requirements") -> bool:
    return any(access.service_level_ms for access in requirements.workload)


AGENT = Agent(
    name="performance-optimizer",
    when=_has_service_levels,
    title="service levels",
    task="Check the workload against its service levels.",
    criteria=("Each access meets its service level, or the report names it.",),
)
