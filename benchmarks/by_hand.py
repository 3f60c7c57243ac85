"""What a competent developer writes with LangGraph alone, in three degrees.

Each agent appends its message, notes the handoff (from, to, what is asked, when) in a list of the state and goes on
with `Command(goto=…)`. Graphs called *bare* leave that note out. Those called *guarded* do by hand what a team promises
for a handoff: the agent is given its brief and not the conversation, the target must be one of the declared, handoffs
and rounds are bounded, a refusal is noted with its reason, and no password stands in a summary. None has a scheduler.

The agents with a model are langchain's `create_agent`; their handoff tool is the one of LangGraph's guide: a
ToolMessage, and a command to the parent.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle, pairwise
from typing import Annotated, Any, Literal

from instant_model import InstantModel, calling, calls, says
from langchain.agents import create_agent
from langchain.tools import InjectedState, InjectedToolCallId
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command
from typing_extensions import TypedDict

Saver = BaseCheckpointSaver[Any] | None
Builder = StateGraph[Any, Any, Any, Any]
Node = Callable[..., Any]

_PASSWORD = re.compile(r"(?i)((?:password|token|api[_-]?key)\s*=\s*)\S+")


class Noted(TypedDict):
    """The conversation, who handed what to whom, and what the next agent is asked."""

    messages: Annotated[list[AnyMessage], add_messages]
    handoffs: Annotated[list[dict[str, str]], operator.add]
    brief: str


def names_of(count: int) -> list[str]:
    """Name that many agents."""
    return [f"agent_{number}" for number in range(count)]


def chain(handoffs: int, *, kind: Literal["bare", "noting", "guarded"] = "noting", saver: Saver = None) -> Any:
    """Agents in a row, each handing on to the next."""
    names = names_of(handoffs + 1)
    nodes: dict[str, Callable[[str, str], Node]] = {"bare": _bare, "noting": _noting, "guarded": _guarded}
    builder: Builder = StateGraph(MessagesState if kind == "bare" else Noted)
    for name, following in pairwise([*names, END]):
        builder.add_node(name, nodes[kind](name, following), destinations=(following,))
    builder.add_edge(START, names[0])
    return builder.compile(checkpointer=saver)


def _bare(name: str, following: str) -> Node:
    def run(_: MessagesState) -> Command[Any]:
        return Command(goto=following, update={"messages": [AIMessage(f"{name} was here", name=name)]})

    return run


def _noting(name: str, *following: str) -> Node:
    def run(_: Noted) -> Command[Any]:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        handoffs = [{"from": name, "to": to, "brief": "go on", "time": moment} for to in following if to != END]
        message = AIMessage(f"{name} was here", name=name)
        update = {"messages": [message], "handoffs": handoffs, "brief": "go on" if handoffs else ""}
        return Command(goto=list(following), update=update)

    return run


def _guarded(name: str, *declared: str) -> Node:
    def agent(_: list[AnyMessage]) -> tuple[AIMessage, str]:
        return AIMessage(f"{name} was here", name=name), declared[0]

    def run(state: Noted) -> Command[Any]:
        passed = state.get("handoffs", [])
        said, to = agent([HumanMessage(f"## Specific Task\n\n{state.get('brief') or 'go'}\n")])
        if to not in declared:
            raise ValueError(f"{name} may not hand off to {to}")
        reason = _bound(passed, name, to)
        handoff = {
            "from": name,
            "to": to,
            "brief": "go on",
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "summary": _PASSWORD.sub(r"\1***", str(said.text))[:500],
            "state": "refused" if reason else "delivered",
            "reason": reason,
        }
        handoffs = [] if to == END else [handoff]
        return Command(goto=END if reason else to, update={"messages": [said], "handoffs": handoffs, "brief": "go on"})

    return run


def _bound(passed: Sequence[Mapping[str, str]], name: str, to: str) -> str:
    if len(passed) >= 25:  # noqa: PLR2004  a team's default
        return "too many handoffs"
    rounds = sum(1 for item in passed if item["from"] == name and item["to"] == to)
    return "too many rounds" if rounds >= 3 else ""  # noqa: PLR2004


def wave() -> Any:
    """A lead that starts three at once, and a closer that waits for all of them."""
    three = names_of(3)
    builder: Builder = StateGraph(Noted)
    builder.add_node("lead", _noting("lead", *three), destinations=tuple(three))
    for name in three:
        builder.add_node(name, _member(name))
    builder.add_node("closer", _noting("closer"))
    builder.add_edge(START, "lead")
    builder.add_edge(three, "closer")
    return builder.compile()


def _member(name: str) -> Node:
    # Its way on is a static edge, as a join wants it.
    def run(_: Noted) -> dict[str, Any]:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        handoff = {"from": name, "to": "closer", "brief": "go on", "time": moment}
        return {"messages": [AIMessage(f"{name} was here", name=name)], "handoffs": [handoff]}

    return run


def graph_of(targets: Mapping[str, Sequence[str]]) -> Builder:
    """Any agents with the edges that may be taken, uncompiled."""
    builder: Builder = StateGraph(Noted)
    for name, following in targets.items():
        builder.add_node(name, _noting(name, *following), destinations=(*following, END))
    builder.add_edge(START, next(iter(targets)))
    return builder


def handoff_tool(agent: str) -> BaseTool:
    """Make the handoff tool of LangGraph's guide."""

    @tool(f"transfer_to_{agent}", description=f"Hand off to {agent}")
    def hand_off(
        state: Annotated[Any, InjectedState], tool_call_id: Annotated[str, InjectedToolCallId]
    ) -> Command[Any]:
        done = ToolMessage(f"Successfully transferred to {agent}", tool_call_id=tool_call_id)
        return Command(goto=agent, graph=Command.PARENT, update={"messages": [*state["messages"], done]})

    return hand_off


def agent_of(name: str, model: BaseChatModel, *tools: BaseTool) -> Any:
    """Make langchain's agent around a model."""
    return create_agent(model, list(tools), name=name)


def chain_agents(handoffs: int, tool_for: Callable[[str], BaseTool] = handoff_tool) -> dict[str, Any]:
    """Agents with a model each: all but the last call the tool that leads to the next."""
    names = names_of(handoffs + 1)
    agents = {
        name: agent_of(name, calls(f"transfer_to_{following}"), tool_for(following))
        for name, following in pairwise(names)
    }
    return {**agents, names[-1]: agent_of(names[-1], says("done"))}


def chain_of_agents(handoffs: int, saver: Saver = None) -> Any:
    """The same row with agents that have a model."""
    agents = chain_agents(handoffs)
    builder: Builder = StateGraph(MessagesState)
    for name, following in pairwise([*agents, END]):
        builder.add_node(name, agents[name], destinations=(following,))
    builder.add_edge(START, next(iter(agents)))
    return builder.compile(checkpointer=saver)


def lead_model(workers: Sequence[str]) -> InstantModel:
    """A model that hands to each worker in turn and then closes; the next run begins anew."""
    turns = cycle([*(calling(f"transfer_to_{worker}") for worker in workers), AIMessage("all done")])
    return InstantModel(reply=lambda _: next(turns).model_copy())


def star_agents(workers: int) -> dict[str, Any]:
    """A lead with a tool for each worker, and workers that answer."""
    names = names_of(workers)
    lead = agent_of("lead", lead_model(names), *map(handoff_tool, names))
    return {"lead": lead, **{name: agent_of(name, says("done")) for name in names}}


def star_of_agents(workers: int, saver: Saver = None) -> Any:
    """A lead that hands to each worker in turn; each one's answer comes back to it."""
    agents = star_agents(workers)
    builder: Builder = StateGraph(MessagesState)
    builder.add_node("lead", agents.pop("lead"), destinations=(*agents, END))
    for name, agent in agents.items():
        builder.add_node(name, agent)
        builder.add_edge(name, "lead")
    builder.add_edge(START, "lead")
    return builder.compile(checkpointer=saver)
