"""Deterministic occupants of the database panel's seats: three different ways to come to a decision.

None of them is a model, and none is named as one. Each answers `tenancy` and `index-design`, and abstains from the
other topics.
"""

from langgraph_dba.agents.database_specialist.analysts.measuring import measuring
from langgraph_dba.agents.database_specialist.analysts.project_context import project_context
from langgraph_dba.agents.database_specialist.analysts.weighted_score import weighted_score

__all__ = ["measuring", "project_context", "weighted_score"]
