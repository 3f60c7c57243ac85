"""The database specialist: designs a schema and proves it; `graph/specialist/` connects its steps."""

from langgraph_dba.agents.agent import Agent
from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage, TestRequest

AGENT = Agent(
    name="database-specialist",
    node="langgraph_dba.graph.specialist.specialist_graph:specialist_node",
    gives=(TestRequest, SchemaPackage, ReviewRequest),
    stage="design",
    title="schema",
    task="Design the schema, let the panel decide critical questions, and prove the schema on every engine.",
    criteria=("No claim is refuted on any engine.", "Every claim that was not run has a reason."),
)
