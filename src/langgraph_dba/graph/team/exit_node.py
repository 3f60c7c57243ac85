"""The way out of a team: what was handed to agents of the graph around it goes there, with all the team gives."""

from collections.abc import Collection
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.graph.team.agent_turn import inbox_item, told
from langgraph_dba.graph.team.team_state import AgentState, TeamOutput
from langgraph_dba.graph.team.wiring import LEAVE
from langgraph_dba.handoffs.log import Entry, entries_of, key_of


def leave_node(outside: Collection[str]) -> Bridge:
    """Leave by `Command(graph=PARENT)`: a step of its own, so that the team's last state is saved before.

    The parent's channels get what the team gives, `inbox` (the handoffs, each with `to`), and `active_agent`;
    `messages` end with the briefs. Channels that the parent does not have are left out.
    """

    def leave(state: AgentState, _: RunnableConfig) -> Command[Any]:
        leaving = departures(state, outside)
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

    return Bridge(leave, aleave, LEAVE)


def departures(state: AgentState, outside: Collection[str]) -> list[Entry]:
    """Return the entries of this request that go to agents outside, in their order."""
    entries = entries_of(state["log"], state["current"]["run"])
    return [entry for entry in entries if entry["to"] in outside and entry["state"] == "delivered"]


def _briefs(entries: Collection[Entry]) -> list[AnyMessage]:
    return [HumanMessage(told(entry), name=entry["agent"], id=f"brief/{key_of(entry)}") for entry in entries]
