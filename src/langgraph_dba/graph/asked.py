"""What an agent is asked to do, wherever it sits: in the words of a program, of a colleague, or of a conversation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from langgraph_dba.graph.handoff_tools import tool_name

State = Mapping[str, Any]


def askings(state: State, name: str) -> Iterator[str]:
    """Give every wording of what the agent `name` is asked, the one that counts most first.

    That is the request, and the briefs of a team; without a request what a person said last, then what was handed to
    the agent by tool, then what was said before, back to the agent's own last answer.
    """
    if state.get("request"):
        yield state["request"]
        yield from (item["brief"]["specific_task"] for item in state.get("inbox") or ())
        return
    fresh = _since(state.get("messages") or (), name)
    people = [str(message.text) for message in reversed(fresh) if isinstance(message, HumanMessage)]
    yield from people[:1]
    yield from _handed(fresh, name)
    yield from people[1:]


def is_given(state: State) -> bool:
    """Whether a program gave the task, rather than somebody saying it in a conversation."""
    return bool(state.get("request") or state.get("requirements") or not state.get("messages"))


def _since(messages: Sequence[AnyMessage], name: str) -> Sequence[AnyMessage]:
    own = [place for place, message in enumerate(messages) if isinstance(message, AIMessage) and message.name == name]
    return messages[own[-1] + 1 :] if own else messages


def _handed(messages: Sequence[AnyMessage], name: str) -> Iterator[str]:
    """Give the tasks that models wrote into a call of the tool which leads here, the newest first."""
    calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    for call in reversed(calls):
        task = call["args"].get("task") if call["name"] == tool_name(name) else None
        if isinstance(task, str):
            yield task
