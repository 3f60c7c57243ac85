"""The last node of a run: call the team's report function, which may add messages and files to the result."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

from langgraph_dba.agents.kit.shared_results import CHANNEL, results_in
from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.graph.team.node_runner import NodeRunner
from langgraph_dba.graph.team.team_state import AgentState, TeamOutput
from langgraph_dba.graph.team.wiring import REPORT

_VISIBLE = ("log", "not_called", "unreachable", *TeamOutput.__annotations__)


def report_node(runner: NodeRunner, *, author: str) -> SyncAsyncNode:
    """Return the node that calls the report with `{run, request, requirements}`, the team's output and its `log`.

    It also gets the results that agents share.

    The report returns a text, or `{messages, artifacts}`; messages without a name get that of the author.
    """

    def report(state: AgentState, config: RunnableConfig) -> dict[str, Any]:
        return _read(runner.run(_view(state), config), author)

    async def areport(state: AgentState, config: RunnableConfig) -> dict[str, Any]:
        return _read(await runner.arun(_view(state), config), author)

    return SyncAsyncNode(report, areport, REPORT)


def _view(state: AgentState) -> dict[str, Any]:
    visible = {key: value for key, value in state.items() if key in _VISIBLE}
    return {**state["current"], **visible, CHANNEL: results_in(state)}


def _read(raw: object, author: str) -> dict[str, Any]:
    if isinstance(raw, str | BaseMessage):
        raw = {"messages": [raw]}
    if not isinstance(raw, Mapping):
        raise HandoffError(f"report: must return a text or {{messages, artifacts}}, not {type(raw).__name__}")
    messages = [_signed(message, author) for message in raw.get("messages") or ()]
    return {"messages": messages, "artifacts": dict(raw.get("artifacts") or {})}


def _signed(message: Any, author: str) -> Any:
    if isinstance(message, str):
        return AIMessage(message, name=author)
    if isinstance(message, AIMessage) and not message.name:
        return message.model_copy(update={"name": author})
    return message
