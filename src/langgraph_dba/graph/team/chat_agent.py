"""An agent that is a chat model: its instructions are the system message, its briefs are the human messages.

Each call of the model is its own step, so that a resumed run does not repeat a call that was answered. The handoff
tools of an answer are handled in the same step, because they only record the handoff.
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
from langgraph_dba.graph.sync_async_node import SyncAsyncNode
from langgraph_dba.graph.team.handoff_recorder import HandoffRecorder, recorder_for
from langgraph_dba.graph.team.handoff_tools import HandoffCall
from langgraph_dba.graph.team.tool_answers import error_answer, reject_unreadable_calls

# The agent fails after this many answers with rejected tool calls: its model repeats the same error.
MAX_CALLS = 12


class ChatState(TypedDict, total=False):
    """The agent's state; `calls` counts the answers of its model, `goes_on` is whether to call it again."""

    messages: Annotated[list[AnyMessage], add_messages]
    inbox: list[dict[str, Any]]
    calls: int
    goes_on: bool


def chat_agent(
    name: str, instructions: str, model: BaseChatModel, tools: Mapping[str, BaseTool], targets: Collection[str]
) -> StateGraph[Any, Any, Any, Any]:
    """Build the agent's graph; a run ends with an answer that has no tool calls or only accepted handoffs.

    `tools` maps agents to their handoff tools. The model gets the tools of its `targets`, and of the agents that sent
    the work in its inbox, because it may return that work. Raises TeamError if the model cannot call tools, or if two
    tools have the same name.
    """
    _check(name, model, tools)  # when the graph is built, not in the middle of a run
    caller = _ModelCaller(name, SystemMessage(instructions), model, tools, targets)
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(ChatState)
    builder.add_node("model", SyncAsyncNode(caller.run, caller.arun, "model"))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", _next, ["model", END])
    return builder


def _check(name: str, model: BaseChatModel, tools: Mapping[str, BaseTool]) -> None:
    by_tool: dict[str, str] = {}
    for agent, tool in tools.items():
        if (other := by_tool.setdefault(tool.name, agent)) != agent:
            message = f"{name}: the handoff tools for {other} and {agent} would both be called {tool.name}"
            raise TeamError(problem(f"{message}: rename one of the agents"))
    try:
        model.bind_tools(list(tools.values())) if tools else None
    except NotImplementedError:  # raised by langchain's BaseChatModel for a model without tool support
        message = f"{name}: its model cannot call tools, so it cannot hand off to {', '.join(tools)}"
        raise TeamError(problem(f"{message}: use a model that can, or give {name} a node of its own")) from None


def _next(state: ChatState) -> str:
    return "model" if state["goes_on"] else END


class _ModelCaller:
    """The node that calls the model."""

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
        # Cached: converting the tools to a provider's schema takes longer than the lookup, and happens in every call.
        self.models_by_agents: dict[tuple[str, ...], Any] = {}

    def run(self, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        return self._update_of(self._model(state).invoke([self.system, *state["messages"]], config), state, config)

    async def arun(self, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        answer = await self._model(state).ainvoke([self.system, *state["messages"]], config)
        return self._update_of(answer, state, config)

    def _model(self, state: ChatState) -> Any:
        if state.get("calls", 0) >= MAX_CALLS:
            raise RuntimeError(f"{self.name} called tools {MAX_CALLS} times without finishing")
        reached = dict.fromkeys([*self.targets, *(item["from"] for item in state.get("inbox") or ())])
        agents = tuple(agent for agent in reached if agent in self.tools)
        if agents not in self.models_by_agents:
            tools = [self.tools[agent] for agent in agents]
            self.models_by_agents[agents] = self.model.bind_tools(tools) if tools else self.model
        return self.models_by_agents[agents]

    def _update_of(self, answer: AIMessage, state: ChatState, config: RunnableConfig) -> dict[str, Any]:
        """Record the handoffs of the model's answer; if a call was rejected, the model is called again."""
        recorder = recorder_for(config)
        assert recorder, "a chat agent runs as an agent of a team"
        signed = answer.model_copy(update={"name": self.name})
        results = [*reject_unreadable_calls(signed), *(self._handle(call, recorder) for call in signed.tool_calls)]
        goes_on = any(result.status == "error" for result in results)
        return {"messages": [signed, *results], "calls": state.get("calls", 0) + 1, "goes_on": goes_on}

    def _handle(self, call: ToolCall, recorder: HandoffRecorder) -> ToolMessage:
        call_id, tool = call["id"] or "", call["name"]
        if tool not in self.agents:
            text = f"{tool} is not one of your tools: you have {', '.join(self.agents) or 'none'}."
            return error_answer(call_id, tool, text)
        return HandoffCall(call_id, tool, self.agents[tool], call["args"]).record(recorder)
