"""The same rows, waves and stars as teams."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from by_hand import Saver, chain_agents, names_of, star_agents
from instant_model import InstantModel, calling
from langchain_core.messages import AIMessage, BaseMessage

from langgraph_dba import AgentDefinition, Team, create_team
from langgraph_dba.agents import Coordination

View = Mapping[str, Any]


def team_of(targets: Mapping[str, Sequence[str]], parallel: Sequence[str] = ()) -> Team:
    """Make a team of agents and those they hand off to; all in `parallel` may work at the same time."""
    return Team(
        tuple(
            AgentDefinition(
                name=name,
                coordination=Coordination(
                    hands_off_to=tuple(following), parallel_with=tuple(parallel) if name in parallel else ()
                ),
            )
            for name, following in targets.items()
        )
    )


def row(handoffs: int) -> dict[str, list[str]]:
    """Agents in a row, each with the next."""
    names = names_of(handoffs + 1)
    return {**{name: [following] for name, following in pairwise(names)}, names[-1]: []}


def graph_of(team: Team, nodes: Mapping[str, Any], saver: Saver = None) -> Any:
    """Compile a team whose bounds leave room for what is measured."""
    builder = create_team(team, nodes=nodes, entry=team.names[0], max_handoffs=1000, max_rounds=1000)
    return builder.compile(checkpointer=saver)


def chain(handoffs: int, saver: Saver = None) -> Any:
    """Functions in a row."""
    targets = row(handoffs)
    return graph_of(team_of(targets), {name: _passing(following) for name, following in targets.items()}, saver)


def _passing(following: Sequence[str]) -> Callable[[View], dict[str, Any]]:
    def run(view: View) -> dict[str, Any]:
        handoffs = [{"to": to, "brief": "go on"} for to in following]
        return {"handoffs": handoffs, "messages": [AIMessage(f"{view['agent']} was here", name=view["agent"])]}

    return run


def wave() -> Any:
    """A lead that starts three at once, and a closer that waits for all of them."""
    three = names_of(3)
    targets: dict[str, list[str]] = {"lead": three, **{name: ["closer"] for name in three}, "closer": []}
    return graph_of(team_of(targets, three), {name: _passing(following) for name, following in targets.items()})


def chain_of_agents(handoffs: int, saver: Saver = None) -> Any:
    """The same agents as in the graph by hand, tools included, in a team's chairs."""
    return graph_of(team_of(row(handoffs)), chain_agents(handoffs), saver)


def chain_of_models(handoffs: int, saver: Saver = None) -> Any:
    """Chairs that `model=` fills: the model hands on by the team's own tools."""
    targets = row(handoffs)

    def reply(messages: list[BaseMessage]) -> AIMessage:
        name = str(messages[0].text).removeprefix("You are the ").removesuffix(".")
        return calling(f"transfer_to_{targets[name][0]}") if targets[name] else AIMessage("done")

    builder = create_team(
        team_of(targets), model=InstantModel(reply=reply), entry="agent_0", max_handoffs=1000, max_rounds=1000
    )
    return builder.compile(checkpointer=saver)


def star_of_agents(workers: int, saver: Saver = None) -> Any:
    """A lead that hands to each worker in turn; each returns its answer as work of its own."""
    agents = star_agents(workers)
    lead = agents.pop("lead")
    nodes = {"lead": lead, **{name: _returning(agent) for name, agent in agents.items()}}
    return graph_of(team_of({"lead": list(agents), **{name: [] for name in agents}}), nodes, saver)


def _returning(agent: Any) -> Callable[[View], dict[str, Any]]:
    def run(view: View) -> dict[str, Any]:
        messages = agent.invoke({"messages": view["messages"]})["messages"]
        return {"messages": messages, "handoffs": [{"to": "lead", "kind": "return", "brief": messages[-1].text}]}

    return run


def run_async(graph: Any, given: Mapping[str, Any]) -> Callable[[], object]:
    """Run a graph by `ainvoke` on one loop that stays open."""
    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(graph.ainvoke(given))
