"""The backend specialist: SQLAlchemy models and an Alembic revision, compared with the schema's own catalogue."""

from langgraph_dba.agents.agent import Agent
from langgraph_dba.agents.kit.contracts import ReviewRequest, SchemaPackage

AGENT = Agent(
    name="backend-specialist",
    node=f"{__name__}.node:create_backend_specialist",
    takes=SchemaPackage,
    gives=(ReviewRequest,),
    stage="build",
    extra="session",
    title="models",
    task="Write models and a first migration from the schema.",
    criteria=("Created from either, the catalogue equals the schema's.",),
)
