"""The same rows and stars in langgraph-swarm and langgraph-supervisor."""

from typing import Any

from by_hand import Saver, agent_of, chain_agents, lead_model, names_of
from instant_model import says
from langgraph_supervisor import create_supervisor
from langgraph_swarm import create_handoff_tool, create_swarm


def swarm_chain(handoffs: int, saver: Saver = None) -> Any:
    """Agents in a row, with the swarm's own handoff tool."""
    agents = chain_agents(handoffs, lambda agent: create_handoff_tool(agent_name=agent))
    return create_swarm(list(agents.values()), default_active_agent="agent_0").compile(checkpointer=saver)


def supervisor_star(workers: int, saver: Saver = None) -> Any:
    """A supervisor that hands to each worker in turn."""
    names = names_of(workers)
    agents = [agent_of(name, says("done")) for name in names]
    return create_supervisor(agents, model=lead_model(names), supervisor_name="lead").compile(checkpointer=saver)
