"""What an agent is asked to do, wherever it sits: in the words of a program, of a colleague, or of a conversation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolCall

from langgraph_dba.graph.team.handoff_tools import tool_name
from langgraph_dba.handoffs.brief import task_in

State = Mapping[str, Any]


def askings(state: State, name: str) -> Iterator[str]:
    """Give every wording of what the agent `name` is asked, the one that counts most first.

    That is the request, and the briefs of a team; without a request what a person said last, then what was handed to
    the agent by tool, then what was said before, back to the agent's own last answer. Of a brief among the messages,
    with which work leaves a team, only the task counts.
    """
    if state.get("request"):
        yield state["request"]
        yield from (item["brief"]["specific_task"] for item in state.get("inbox") or ())
        return
    fresh = _since(state.get("messages") or (), name)
    people = [task_in(str(message.text)) for message in reversed(fresh) if isinstance(message, HumanMessage)]
    yield from people[:1]
    yield from _handed(fresh, name)
    yield from people[1:]


def is_given(state: State) -> bool:
    """Whether a program gave the task, rather than somebody saying it in a conversation."""
    return bool(state.get("request") or state.get("requirements") or not state.get("messages"))


def was_transferred(state: State, name: str) -> bool:
    """Whether a model handed the agent what a person said last, rather than the agent being the one they talk to."""
    messages = state.get("messages") or ()
    people = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return bool([*_calls(messages[people[-1] :] if people else messages, name)])


def _since(messages: Sequence[AnyMessage], name: str) -> Sequence[AnyMessage]:
    own = [place for place, message in enumerate(messages) if isinstance(message, AIMessage) and message.name == name]
    return messages[own[-1] + 1 :] if own else messages


def _handed(messages: Sequence[AnyMessage], name: str) -> Iterator[str]:
    """Give the tasks that models wrote into their calls, the newest first."""
    for call in reversed([*_calls(messages, name)]):
        if isinstance(task := call["args"].get("task"), str):
            yield task


def _calls(messages: Sequence[AnyMessage], name: str) -> Iterator[ToolCall]:
    """Give every call of the tool that leads to the agent."""
    calls = (call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)
    return (call for call in calls if call["name"] == tool_name(name))
