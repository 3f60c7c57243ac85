"""Build the graph of a team: one node per agent, direct edges between them, and a check of every handoff."""

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
from langgraph_dba.graph.team.exit_node import handoffs_to_parent, leave_node
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
    """Build the uncompiled graph of a team; compile it with your own checkpointer and store.

    A node (`nodes=`, by agent) is a sync or async callable, a Runnable or a graph. Its input is `{agent, brief, inbox,
    messages, request, requirements, artifacts, evidence, shared_results, hands_off_to, receiver_contracts}`. It returns
    `{handoffs, messages, artifacts, evidence, shared_results, status, summary, decisions, files, gotcha}`, all
    optional, or a `Command` whose targets become handoffs. A handoff is `{to, brief, payload}`; `kind="return"` returns
    work to its sender. Agents without a node are run by `model`, which hands off by tools named `transfer_to_<agent>`.
    If a node raises, the agent has failed: the log lists its work as returned to the sender, which does not run again
    for it; the other agents continue, and the run ends with status `stopped`.

    None for `nodes`, `gates`, `contracts` and `before` means those of the team: `default_team()` has all of them and a
    report, a loaded team has none. Agents of a team that has nodes may lack one: the result lists them under `empty`.
    An agent with a node that no chain of handoffs leads to is logged as a warning.

    `contracts` maps receivers to the models of their payloads. `before` has pairs (first, then): the second waits while
    both are queued. `report` is called with the final view after the last wave and may add messages and artifacts.
    Handoffs to an agent in `team.external` leave for the parent graph when no agent of the team is queued. The graph
    takes `messages`, `request` or `requirements`, and returns `messages`, `artifacts`, `evidence`, `handoffs`,
    `status`, `reason` and `empty`; the report also gets `not_called` and `unreachable`. Raises TeamError with every
    problem; the running graph raises HandoffError if a node hands off to an agent that is not declared.
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
    # A warning and no error: the agent does no harm, but it never runs.
    for name in wiring.unreachable:
        _LOG.warning("no chain of handoffs leads from %s to %s: add it to a `hands_off_to`", wiring.entry, name)
    builder: Builder = StateGraph(
        TeamState, context_schema=context_schema, input_schema=TeamInput, output_schema=TeamOutput
    )
    _add_nodes(builder, team, wiring, model)
    builder.add_edge(START, wiring.entry)
    if report:
        builder.add_node(REPORT, report_node(runner_of(report, REPORT), author=wiring.entry), input_schema=AgentState)
        _add_edges_after_report(builder, wiring)
    if wiring.outside:
        builder.add_node(LEAVE, leave_node(wiring.outside), input_schema=AgentState)
    return builder


def _add_edges_after_report(builder: Builder, wiring: Wiring) -> None:
    """After the report the run ends, or leaves for the parent graph if there are handoffs to it."""

    def next_node(state: AgentState) -> str:
        return LEAVE if handoffs_to_parent(state, wiring.outside) else END

    if wiring.outside:
        builder.add_conditional_edges(REPORT, next_node, [LEAVE, END])
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
    """Add a team's agents and edges to the builder of another graph, and return that builder.

    Add an edge to any agent: requests enter there. After the last wave the run goes to `finish`. The agents add their
    own channels; of the builder's state they use `messages` (with `add_messages`), `request` and `requirements`; a
    state that inherits from `TeamOutput` can read the agents' output. Names in `team.external` are nodes of the same
    graph. The keywords are those of `create_team`. Raises InputError if a channel of the builder's state has the name
    of one of the agents' channels but another type.
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
    """Return the error for a channel that both the builder and the agents define, or None for any other error."""
    # LangGraph's message has only the channel's name: neither its owner nor the fix.
    own = {"messages", "request", "requirements"}
    clashing = [name for name in AgentState.__annotations__ if f"Channel '{name}' already" in str(error)]
    if not clashing:
        return None
    (name,) = clashing
    fix = "declare it with `add_messages`" if name in own else "let the state inherit from `TeamOutput`"
    fix += " or give yours another name" * (name not in own)
    kind = type(builder.channels[name]).__name__
    return InputError(f"the graph's channel {name!r} is a {kind}, but the agents add a channel of that name: {fix}")


def _add_nodes(builder: Builder, team: Team, wiring: Wiring, model: BaseChatModel | None) -> None:
    sharing, reached = wiring.sharing(), wiring.reached()
    chat = _chat_runner(team, model, wiring, reached)
    for name in wiring.staffed:
        runner = runner_of(wiring.nodes[name], name) if name in wiring.nodes else chat(name)
        # Agents go on by `Command`, for which LangGraph draws no edge unless the node declares its destinations.
        destinations = _destinations(name, wiring, reached[name], is_sharing=name in sharing)
        builder.add_node(name, agent_node(name, runner, wiring), input_schema=AgentState, destinations=destinations)
    # A join step costs time, so a team without parallel pairs has none: its agents go directly to the next one.
    if wiring.has_parallel_waves:
        exits = wiring.outside if wiring.beside else (LEAVE,) if wiring.outside else ()
        next_nodes = (*wiring.staffed, *exits, wiring.finish)
        builder.add_node(DISPATCH, dispatch_node(wiring), input_schema=AgentState, destinations=next_nodes)


def _chat_runner(
    team: Team, model: BaseChatModel | None, wiring: Wiring, reached: Mapping[str, Sequence[str]]
) -> Callable[[str], NodeRunner]:
    definitions = {definition.name: definition for definition in team.definitions}
    tools: dict[str, BaseTool] = {}

    def tool_for(agent: str) -> BaseTool:
        # Without the receiver's contract: a model must not write the evidence that a typed payload contains.
        purpose = definitions[agent].description if agent in definitions else ""
        return create_handoff_tool(agent_name=agent, description=f"Hand work off to {agent}. {purpose}".strip())

    def runner(name: str) -> NodeRunner:
        assert model is not None, "without a model the wiring lists this agent as empty"
        definition = definitions[name]
        instructions = definition.body or definition.description or f"You are the {name}."
        # One tool per receiver and not one per edge: the time to build a team must be linear in its size.
        tools.update({agent: tool_for(agent) for agent in reached[name] if agent not in tools})
        own = {agent: tools[agent] for agent in reached[name]}
        return runner_of(chat_agent(name, instructions, model, own, sorted(wiring.targets[name])), name)

    return runner


def _destinations(name: str, wiring: Wiring, reached: Sequence[str], *, is_sharing: bool) -> dict[str, str]:
    """Return the labels of an agent's edges by target: handoffs, returns to its senders, and the nodes after it."""
    targets = wiring.targets[name]
    members = (other for other in reached if other not in wiring.outside)
    labels = {other: "hands_off_to" if other in targets else "returns" for other in members}
    if is_sharing:
        labels[DISPATCH] = "after a parallel wave"
    if wiring.beside:
        labels |= {agent: "hands_off_to" for agent in wiring.outside if agent in targets}
    elif wiring.outside:
        labels[LEAVE] = "leaves"
    return labels | {wiring.finish: "ends"}
