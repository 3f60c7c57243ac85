"""An agent that is a chat model: its instructions are the system message, its briefs are what it answers.

Each call of the model is a step of its own, so that a killed run does not ask again what was answered.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from typing_extensions import TypedDict

from langgraph_dba.errors import Problem, TeamError
from langgraph_dba.graph.bridge import Bridge
from langgraph_dba.graph.open_turn import record_in
from langgraph_dba.graph.pairing import unreadable

# A model that calls tools this often without coming to an end has lost its way: the agent has failed.
MOST_CALLS = 12


class ChatState(TypedDict, total=False):
    """What the agent is given and says; `calls` counts the answers of its model."""

    messages: Annotated[list[AnyMessage], add_messages]
    inbox: list[dict[str, Any]]
    calls: int


def chat_agent(
    name: str, instructions: str, model: BaseChatModel, tools: Mapping[str, BaseTool], targets: Collection[str]
) -> StateGraph[Any, Any, Any, Any]:
    """Build the agent; its run ends with an answer without tool calls, or with a message that only hands off.

    `tools` maps agents to the tools that lead there: those of its `targets` are offered to the model, and those of the
    agents whose work it holds and may return. TeamError if the model cannot call tools.
    """
    _check(name, model, tools)
    asking = _Asking(name, SystemMessage(instructions), model, tools, targets)
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(ChatState)
    builder.add_node("model", Bridge(asking.run, asking.arun, "model"))
    builder.add_node("tools", ToolNode(list(tools.values())))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", _after_model, ["model", "tools", END])
    builder.add_conditional_edges("tools", _after_tools, ["model", END])
    return builder


def _check(name: str, model: BaseChatModel, tools: Mapping[str, BaseTool]) -> None:
    try:
        model.bind_tools(list(tools.values())) if tools else None
    except NotImplementedError:
        message = f"{name}: its model cannot call tools, so it could not hand off to {', '.join(tools)}"
        raise TeamError(Problem(f"{message}: use a model that can, or give {name} a node of its own")) from None


class _Asking:
    """The node that asks the model."""

    def __init__(
        self,
        name: str,
        system: SystemMessage,
        model: BaseChatModel,
        tools: Mapping[str, BaseTool],
        targets: Collection[str],
    ) -> None:
        self.name, self.system, self.model, self.tools, self.targets = name, system, model, tools, targets

    def run(self, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        return self._said(self._model(state).invoke(self._asked(state), config), state)

    async def arun(self, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        return self._said(await self._model(state).ainvoke(self._asked(state), config), state)

    def _model(self, state: ChatState) -> Any:
        if state.get("calls", 0) >= MOST_CALLS:
            raise RuntimeError(f"{self.name} called tools {MOST_CALLS} times without coming to an end")
        reached = dict.fromkeys([*self.targets, *(item["from"] for item in state.get("inbox") or ())])
        tools = [self.tools[agent] for agent in reached if agent in self.tools]
        return self.model.bind_tools(tools) if tools else self.model

    def _asked(self, state: ChatState) -> list[AnyMessage]:
        return [self.system, *state["messages"]]

    def _said(self, answer: AIMessage, state: ChatState) -> dict[str, Any]:
        named = answer.model_copy(update={"name": self.name})
        return {"messages": [named, *unreadable(named)], "calls": state.get("calls", 0) + 1}


def _after_model(state: ChatState) -> str:
    last = _last_answer(state)
    if last.tool_calls:
        return "tools"
    return "model" if last.invalid_tool_calls else END


def _after_tools(state: ChatState) -> str:
    """End if all that was called for was handed off; what went wrong, or was found out, the model must hear of."""
    last, messages = _last_answer(state), state["messages"]
    answers = messages[messages.index(last) + 1 :]
    done = (isinstance(one, ToolMessage) and one.status != "error" and record_in(one) for one in answers)
    return END if all(done) else "model"


def _last_answer(state: ChatState) -> AIMessage:
    return next(message for message in reversed(state["messages"]) if isinstance(message, AIMessage))
