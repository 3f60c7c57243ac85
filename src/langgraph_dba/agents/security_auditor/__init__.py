"""The security auditor: has no node yet; a request needs it for tenants, personal data and compliance rules."""

from typing import TYPE_CHECKING

from langgraph_dba.agents.agent import Agent

if TYPE_CHECKING:
    from langgraph_dba.database.requirements import Requirements


def _is_sensitive(requirements: "Requirements") -> bool:
    personal = any(attribute.personal for entity in requirements.entities for attribute in entity.attributes)
    return bool(requirements.compliance) or personal or requirements.tenancy.model != "none"


AGENT = Agent(
    name="security-auditor",
    when=_is_sensitive,
    title="isolation and personal data",
    task="Audit the isolation of tenants and the protection of personal data.",
    criteria=("No finding is critical.",),
)
