"""The migration specialist: has no node yet; its stage makes it wait for the tests."""

from langgraph_dba.agents.agent import Agent, never

AGENT = Agent(name="migration-specialist", when=never, stage="build", title="migrations")
