"""Find the task of an agent in its input: a request, the briefs of a team, or the messages of a conversation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolCall

from langgraph_dba.graph.team.handoff_tools import tool_name
from langgraph_dba.handoffs.brief import task_in

State = Mapping[str, Any]


def candidate_tasks(state: State, name: str) -> Iterator[str]:
    """Yield every text that may be the task of the agent `name`, in order of precedence.

    With a `request`: the request, then the tasks of the briefs in the inbox. Without: the last human message, then the
    tasks in the calls of the agent's handoff tool, newest first, then earlier human messages back to the agent's own
    last answer. If a message is a rendered brief, only its task is yielded.
    """
    if state.get("request"):
        yield state["request"]
        # A team's request may be no database task although the brief to the specialist is one.
        yield from (item["brief"]["specific_task"] for item in state.get("inbox") or ())
        return
    unanswered = _since_own_answer(state.get("messages") or (), name)
    # `task_in`: the headings of a brief that came with a handoff from a team were read as tables otherwise.
    human_texts = [task_in(str(message.text)) for message in reversed(unanswered) if isinstance(message, HumanMessage)]
    # The last message may be small talk after a transfer ("thanks"): the caller then tries the next candidate.
    yield from human_texts[:1]
    yield from _tasks_of_tool_calls(unanswered, name)
    yield from human_texts[1:]


def came_from_program(state: State) -> bool:
    """Return whether a program passed the task, rather than a person in a conversation."""
    return bool(state.get("request") or state.get("requirements") or not state.get("messages"))


def was_handed_over(state: State, name: str) -> bool:
    """Return whether a model called the agent's handoff tool after the last human message.

    Otherwise the person talks to the agent directly.
    """
    messages = state.get("messages") or ()
    human_indexes = [index for index, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return bool([*_calls_leading_to(messages[human_indexes[-1] :] if human_indexes else messages, name)])


def _since_own_answer(messages: Sequence[AnyMessage], name: str) -> Sequence[AnyMessage]:
    own = [index for index, message in enumerate(messages) if isinstance(message, AIMessage) and message.name == name]
    return messages[own[-1] + 1 :] if own else messages


def _tasks_of_tool_calls(messages: Sequence[AnyMessage], name: str) -> Iterator[str]:
    """Yield the `task` arguments that models wrote into their calls, the newest first."""
    for call in reversed([*_calls_leading_to(messages, name)]):
        if isinstance(task := call["args"].get("task"), str):
            yield task


def _calls_leading_to(messages: Sequence[AnyMessage], name: str) -> Iterator[ToolCall]:
    """Return every call of the handoff tool of the agent."""
    calls = (call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)
    return (call for call in calls if call["name"] == tool_name(name))
