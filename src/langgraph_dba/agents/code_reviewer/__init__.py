"""The code reviewer: the gate that scores a schema and its evidence, and approves, returns or escalates the work."""

from langgraph_dba.agents.agent import Agent
from langgraph_dba.agents.kit.contracts import ReviewRequest

AGENT = Agent(
    name="code-reviewer",
    node=f"{__name__}.node:code_reviewer_node",
    takes=ReviewRequest,
    stage="gate",
    title="review",
    task="Review the design and the code.",
    criteria=("The score reaches the threshold.",),
)
