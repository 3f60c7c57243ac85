"""The last node of a run: somebody's function sees the whole result and may add a message and files to it."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

from langgraph_dba.errors import HandoffError
from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.graph.team.node_runner import NodeRunner
from langgraph_dba.graph.team.team_state import AgentState, TeamOutput
from langgraph_dba.graph.team.wiring import REPORT

_SHOWN = ("log", "not_called", "unreachable", *TeamOutput.__annotations__)


def report_node(runner: NodeRunner, *, author: str) -> Bridge:
    """Call the report with `{run, request, requirements}` and all the team gives, its `log` included.

    It answers with a text, or with `messages` and `artifacts`; what it says is said in the author's name.
    """

    def report(state: AgentState, config: RunnableConfig) -> dict[str, Any]:
        return _read(runner.run(_view(state), config), author)

    async def areport(state: AgentState, config: RunnableConfig) -> dict[str, Any]:
        return _read(await runner.arun(_view(state), config), author)

    return Bridge(report, areport, REPORT)


def _view(state: AgentState) -> dict[str, Any]:
    return {**state["current"], **{key: value for key, value in state.items() if key in _SHOWN}}


def _read(raw: object, author: str) -> dict[str, Any]:
    if isinstance(raw, str | BaseMessage):
        raw = {"messages": [raw]}
    if not isinstance(raw, Mapping):
        raise HandoffError(f"report: gives a text or {{messages, artifacts}}, not {type(raw).__name__}")
    messages = [_signed(message, author) for message in raw.get("messages") or ()]
    return {"messages": messages, "artifacts": dict(raw.get("artifacts") or {})}


def _signed(message: Any, author: str) -> Any:
    if isinstance(message, str):
        return AIMessage(message, name=author)
    if isinstance(message, AIMessage) and not message.name:
        return message.model_copy(update={"name": author})
    return message
