"""An agent that is a chat model: its instructions are the system message, its briefs are what it answers.

Each call of the model is a step of its own, so that a killed run does not ask again what was answered. The handoffs
that an answer calls for are recorded in that same step: to record them is all that their tools do.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from langgraph_dba.errors import TeamError
from langgraph_dba.findings import problem
from langgraph_dba.graph.sync_async_node import Bridge
from langgraph_dba.graph.team.handoff_recorder import OpenTurn, turn_for
from langgraph_dba.graph.team.handoff_tools import HandoffCall
from langgraph_dba.graph.team.tool_answers import answer, unreadable

# A model that calls tools this often without coming to an end has lost its way: the agent has failed.
MOST_CALLS = 12


class ChatState(TypedDict, total=False):
    """What the agent is given and says; `calls` counts the answers of its model, `goes_on` asks it again."""

    messages: Annotated[list[AnyMessage], add_messages]
    inbox: list[dict[str, Any]]
    calls: int
    goes_on: bool


def chat_agent(
    name: str, instructions: str, model: BaseChatModel, tools: Mapping[str, BaseTool], targets: Collection[str]
) -> StateGraph[Any, Any, Any, Any]:
    """Build the agent; its run ends with an answer without tool calls, or with a message that only hands off.

    `tools` maps agents to the tools that lead there: those of its `targets` are offered to the model, and those of the
    agents whose work it holds and may return. TeamError if the model cannot call tools, or not tell two of them apart.
    """
    _check(name, model, tools)
    asking = _Asking(name, SystemMessage(instructions), model, tools, targets)
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(ChatState)
    builder.add_node("model", Bridge(asking.run, asking.arun, "model"))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", _next, ["model", END])
    return builder


def _check(name: str, model: BaseChatModel, tools: Mapping[str, BaseTool]) -> None:
    by_tool: dict[str, str] = {}
    for agent, tool in tools.items():
        if (other := by_tool.setdefault(tool.name, agent)) != agent:
            message = f"{name}: its model could not tell {other} from {agent}: both would be called {tool.name}"
            raise TeamError(problem(f"{message}: rename one of them"))
    try:
        model.bind_tools(list(tools.values())) if tools else None
    except NotImplementedError:  # what langchain's chat models raise that know of no tools
        message = f"{name}: its model cannot call tools, so it could not hand off to {', '.join(tools)}"
        raise TeamError(problem(f"{message}: use a model that can, or give {name} a node of its own")) from None


def _next(state: ChatState) -> str:
    return "model" if state["goes_on"] else END


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
        self.agents = {tool.name: agent for agent, tool in tools.items()}
        self.bound: dict[tuple[str, ...], Any] = {}  # translating tools for a provider costs more than a lookup

    def run(self, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        return self._said(self._model(state).invoke([self.system, *state["messages"]], config), state, config)

    async def arun(self, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        said = await self._model(state).ainvoke([self.system, *state["messages"]], config)
        return self._said(said, state, config)

    def _model(self, state: ChatState) -> Any:
        if state.get("calls", 0) >= MOST_CALLS:
            raise RuntimeError(f"{self.name} called tools {MOST_CALLS} times without coming to an end")
        reached = dict.fromkeys([*self.targets, *(item["from"] for item in state.get("inbox") or ())])
        offered = tuple(agent for agent in reached if agent in self.tools)
        if offered not in self.bound:
            tools = [self.tools[agent] for agent in offered]
            self.bound[offered] = self.model.bind_tools(tools) if tools else self.model
        return self.bound[offered]

    def _said(self, said: AIMessage, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        """Record what the answer hands off; what came to nothing the model must hear of."""
        turn = turn_for(config)
        assert turn, "a chat agent sits in a team's chair"
        named = said.model_copy(update={"name": self.name})
        answers = [*unreadable(named), *(self._answered(call, turn) for call in named.tool_calls)]
        goes_on = any(one.status == "error" for one in answers)
        return {"messages": [named, *answers], "calls": state.get("calls", 0) + 1, "goes_on": goes_on}

    def _answered(self, call: ToolCall, turn: OpenTurn) -> ToolMessage:
        call_id, tool = call["id"] or "", call["name"]
        if tool not in self.agents:
            return answer(call_id, tool, f"{tool} is not a tool of yours: you have {', '.join(self.agents) or 'none'}.")
        return HandoffCall(call_id, tool, self.agents[tool], call["args"]).recorded(turn)
