"""Compile a team into a graph: one node per agent, direct edges between them, a guard on every handoff."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph

from langgraph_dba.agents.team.agent_team import Team
from langgraph_dba.agents.team.edges import EdgeMode, ParallelMode
from langgraph_dba.errors import InputError
from langgraph_dba.graph.team.agent_node import agent_node
from langgraph_dba.graph.team.chat_agent import chat_agent
from langgraph_dba.graph.team.dispatch import dispatch_node
from langgraph_dba.graph.team.exit_node import departures, leave_node
from langgraph_dba.graph.team.handoff_tools import create_handoff_tool
from langgraph_dba.graph.team.node_runner import NodeRunner, runner_of
from langgraph_dba.graph.team.report_node import report_node
from langgraph_dba.graph.team.team_options import History, Missing, TeamOptions
from langgraph_dba.graph.team.team_state import AgentState, TeamInput, TeamOutput, TeamState
from langgraph_dba.graph.team.wiring import DISPATCH, LEAVE, REPORT, Wiring, wire
from langgraph_dba.handoffs.contracts import Contracts

Builder = StateGraph[Any, Any, Any, Any]
_LOG = logging.getLogger(__name__)


def create_team(
    team: Team,
    *,
    nodes: Mapping[str, Any] | None = None,
    model: BaseChatModel | None = None,
    entry: str | None = None,
    edges: EdgeMode = "union",
    parallel: ParallelMode = "either",
    gates: Sequence[str] | None = None,
    max_handoffs: int = 25,
    max_rounds: int = 3,
    history: History = "brief",
    missing: Missing = "error",
    context_schema: type[Any] | None = None,
    contracts: Contracts | None = None,
    before: Sequence[tuple[str, str]] | None = None,
    report: Callable[..., Any] | None = None,
) -> Builder:
    """Build the graph of a team, uncompiled: compile it with your own checkpointer and store.

    A node (`nodes=`, by agent) is a callable, sync or async, a Runnable or a graph. It gets `{agent, brief, inbox,
    messages, request, requirements, artifacts, evidence, shared_results, hands_off_to, receiver_contracts}` and gives
    `{handoffs, messages, artifacts, evidence, shared_results, status, summary, decisions, files, gotcha}`, all
    optional, or a `Command` whose targets become handoffs. A handoff is `{to, brief, payload}`; with `kind="return"` it
    gives work back. Agents without a node answer with `model`, which hands on by tools named `transfer_to_<agent>`. A
    node that raises is a failed agent: logged as returned to its sender, which does not run again for it; the rest of
    the run goes on and ends `stopped`.

    None for `nodes`, `gates`, `contracts` and `before` stands for what the team brings: `default_team()` brings all of
    them and a report, a loaded team brings none. Agents of a team that brings nodes may lack one: the result names them
    under `empty`. An agent that has a node and that no chain of handoffs leads to is logged as a warning.

    `contracts` maps receivers to the models of their payloads, `before` holds pairs (first, then) of which the second
    waits while both are queued, `report` is called with the final view after the last wave and may add messages and
    artifacts. What is handed to an agent in `team.external` leaves for the graph around this one, once nobody within is
    queued. The graph takes `messages`, `request` or `requirements`, and gives `messages`, `artifacts`, `evidence`,
    `handoffs`, `status`, `reason` and `empty`; the report also gets `not_called` and `unreachable`. Raises TeamError
    with every problem found; the running graph raises HandoffError if a node hands off where it may not.
    """
    report = team.load_report() if report is None and nodes is None else report
    options = TeamOptions(
        nodes=nodes,
        model=model,
        entry=entry,
        edges=edges,
        parallel=parallel,
        gates=gates,
        before=before,
        max_handoffs=max_handoffs,
        max_rounds=max_rounds,
        history=history,
        missing=missing,
        contracts=contracts,
        finish=REPORT if report else END,
    )
    wiring = wire(team, options)
    for name in wiring.unreachable:
        _LOG.warning("no chain of handoffs leads from %s to %s: add it to a `hands_off_to`", wiring.entry, name)
    builder: Builder = StateGraph(
        TeamState, context_schema=context_schema, input_schema=TeamInput, output_schema=TeamOutput
    )
    _add_nodes(builder, team, wiring, model)
    builder.add_edge(START, wiring.entry)
    if report:
        builder.add_node(REPORT, report_node(runner_of(report, REPORT), author=wiring.entry), input_schema=AgentState)
        _add_way_out(builder, wiring)
    if wiring.outside:
        builder.add_node(LEAVE, leave_node(wiring.outside), input_schema=AgentState)
    return builder


def _add_way_out(builder: Builder, wiring: Wiring) -> None:
    """Behind the report the run ends, or leaves with what was handed out of the team."""

    def following(state: AgentState) -> str:
        return LEAVE if departures(state, wiring.outside) else END

    if wiring.outside:
        builder.add_conditional_edges(REPORT, following, [LEAVE, END])
    else:
        builder.add_edge(REPORT, END)


def add_agents(
    builder: Builder,
    team: Team,
    *,
    nodes: Mapping[str, Any] | None = None,
    model: BaseChatModel | None = None,
    edges: EdgeMode = "union",
    parallel: ParallelMode = "either",
    gates: Sequence[str] | None = None,
    max_handoffs: int = 25,
    max_rounds: int = 3,
    history: History = "brief",
    missing: Missing = "error",
    contracts: Contracts | None = None,
    before: Sequence[tuple[str, str]] | None = None,
    finish: str = END,
) -> Builder:
    """Add a team's agents and edges to somebody's own graph, and return that builder.

    Draw an edge to any agent: a request comes in there. After the last wave the run goes to `finish`. The agents bring
    their channels along; of the builder's own state they share `messages` (with `add_messages`), `request` and
    `requirements`; a state that inherits from `TeamOutput` can read what they give. Names in `team.external` are nodes
    of that same graph. The keywords are those of `create_team`.
    """
    options = TeamOptions(
        nodes=nodes,
        model=model,
        starts=False,
        edges=edges,
        parallel=parallel,
        gates=gates,
        before=before,
        max_handoffs=max_handoffs,
        max_rounds=max_rounds,
        history=history,
        missing=missing,
        contracts=contracts,
        finish=finish,
    )
    try:
        _add_nodes(builder, team, wire(team, options), model)
    except ValueError as error:
        if clash := _clash(error, builder):
            raise clash from error
        raise
    return builder


def _clash(error: ValueError, builder: Builder) -> InputError | None:
    """LangGraph names the channel alone: say whose it is, and what to do."""
    own = {"messages", "request", "requirements"}
    clashing = [name for name in AgentState.__annotations__ if f"Channel '{name}' already" in str(error)]
    if not clashing:
        return None
    (name,) = clashing
    mend = "declare it with `add_messages`" if name in own else "let the state inherit from `TeamOutput`"
    mend += " or give yours another name" * (name not in own)
    kind = type(builder.channels[name]).__name__
    return InputError(f"the graph's channel {name!r} is a {kind}, but the agents bring one of that name along: {mend}")


def _add_nodes(builder: Builder, team: Team, wiring: Wiring, model: BaseChatModel | None) -> None:
    sharing, reached = wiring.sharing(), wiring.reached()
    chat = _chat_runner(team, model, wiring, reached)
    for name in wiring.staffed:
        runner = runner_of(wiring.nodes[name], name) if name in wiring.nodes else chat(name)
        destinations = _destinations(name, wiring, reached[name], is_sharing=name in sharing)
        builder.add_node(name, agent_node(name, runner, wiring), input_schema=AgentState, destinations=destinations)
    if wiring.has_parallel_waves:
        outward = wiring.outside if wiring.beside else (LEAVE,) if wiring.outside else ()
        onward = (*wiring.staffed, *outward, wiring.finish)
        builder.add_node(DISPATCH, dispatch_node(wiring), input_schema=AgentState, destinations=onward)


def _chat_runner(
    team: Team, model: BaseChatModel | None, wiring: Wiring, reached: Mapping[str, Sequence[str]]
) -> Callable[[str], NodeRunner]:
    definitions = {definition.name: definition for definition in team.definitions}
    tools: dict[str, BaseTool] = {}

    def tool_for(agent: str) -> BaseTool:
        # Without the receiver's contract: a model must not write the evidence that a typed payload carries.
        about = definitions[agent].description if agent in definitions else ""
        return create_handoff_tool(agent_name=agent, description=f"Hand work off to {agent}. {about}".strip())

    def runner(name: str) -> NodeRunner:
        assert model is not None, "the wiring leaves such a chair empty"
        definition = definitions[name]
        instructions = definition.body or definition.description or f"You are the {name}."
        tools.update({agent: tool_for(agent) for agent in reached[name] if agent not in tools})
        own = {agent: tools[agent] for agent in reached[name]}
        return runner_of(chat_agent(name, instructions, model, own, sorted(wiring.targets[name])), name)

    return runner


def _destinations(name: str, wiring: Wiring, reached: Sequence[str], *, is_sharing: bool) -> dict[str, str]:
    """The edges to draw: declared handoffs, returns to those who may hand off here, and the ways on and out."""
    targets = wiring.targets[name]
    within = (other for other in reached if other not in wiring.outside)
    drawn = {other: "hands_off_to" if other in targets else "returns" for other in within}
    if is_sharing:
        drawn[DISPATCH] = "after a parallel wave"
    if wiring.beside:
        drawn |= {agent: "hands_off_to" for agent in wiring.outside if agent in targets}
    elif wiring.outside:
        drawn[LEAVE] = "leaves"
    return drawn | {wiring.finish: "ends"}
