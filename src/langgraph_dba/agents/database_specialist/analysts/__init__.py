"""Deterministic occupants of the database panel's seats, which decide in three different ways.

None of them is a model or has the name of one. Each answers `tenancy` and `index-design`, and abstains from the other
topics.
"""

from langgraph_dba.agents.database_specialist.analysts.measuring import decide_by_measuring
from langgraph_dba.agents.database_specialist.analysts.project_context import decide_by_context
from langgraph_dba.agents.database_specialist.analysts.weighted_score import decide_by_weights

__all__ = ["decide_by_context", "decide_by_measuring", "decide_by_weights"]
