"""The exit from a team: pass the handoffs to agents of the parent graph, with the team's output."""

from collections.abc import Collection
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.graph.team.agent_turn import brief_message, inbox_item
from langgraph_dba.graph.team.team_state import AgentState, TeamOutput
from langgraph_dba.graph.team.wiring import LEAVE
from langgraph_dba.handoffs.log import Entry, entries_of, key_of


def leave_node(outside: Collection[str]) -> SyncAsyncNode:
    """Return the node that leaves the team by `Command(graph=PARENT)`.

    The parent's channels get the team's output, `inbox` (the handoffs, each with `to`), and `active_agent`; `messages`
    end with the briefs. LangGraph ignores channels that the parent does not have.
    """

    # A node of its own: a step that ends with a parent command saves nothing, so the last wave's state must be saved
    # by a step before it.
    def leave(state: AgentState, _: RunnableConfig) -> Command[Any]:
        leaving = handoffs_to_parent(state, outside)
        receivers = list(dict.fromkeys(entry["to"] for entry in leaving))
        update = {
            **{key: value for key, value in state.items() if key in TeamOutput.__annotations__},
            "messages": [*state.get("messages", []), *_briefs(leaving)],
            "inbox": [{**inbox_item(entry), "to": entry["to"]} for entry in leaving],
            "active_agent": receivers[0],
        }
        return Command(graph=Command.PARENT, goto=receivers, update=update)

    async def aleave(state: AgentState, config: RunnableConfig) -> Command[Any]:
        return leave(state, config)

    return SyncAsyncNode(leave, aleave, LEAVE)


def handoffs_to_parent(state: AgentState, outside: Collection[str]) -> list[Entry]:
    """Return the entries of this request that were delivered to agents outside the team, in their order."""
    entries = entries_of(state["log"], state["current"]["run"])
    return [entry for entry in entries if entry["to"] in outside and entry["state"] == "delivered"]


def _briefs(entries: Collection[Entry]) -> list[AnyMessage]:
    return [HumanMessage(brief_message(entry), name=entry["agent"], id=f"brief/{key_of(entry)}") for entry in entries]
