"""The test engineer: a pytest suite for a schema, run against the bare schema (must fail) and the real one."""

from langgraph_dba.agents.agent import Agent
from langgraph_dba.agents.kit.contracts import TestRequest

AGENT = Agent(
    name="test-engineer",
    node=f"{__name__}.node:create_test_engineer",
    takes=TestRequest,
    stage="test",
    extra="session",
    title="tests",
    task="Write a test for each rule of the schema, before anything is built on it.",
    criteria=("Each test fails for its own rule against the bare schema.", "All pass against the real one."),
)
