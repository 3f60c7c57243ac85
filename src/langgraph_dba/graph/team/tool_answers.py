"""Ensure that every tool call has exactly one ToolMessage, directly after the message with the call.

Providers reject a conversation in which a call has no answer or two, so an agent's messages are completed before other
agents read them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, ToolMessage

UNANSWERED = "No result: the run of this agent ended before the call was answered."
UNREADABLE = "Not called: its arguments cannot be read as JSON ({error}). Call it again with valid arguments."


def calls_of(message: BaseMessage | None) -> list[tuple[str, str]]:
    """Return (id, tool name) of each call in a message, including calls whose arguments are no valid JSON."""
    if not isinstance(message, AIMessage):
        return []
    calls = [*message.tool_calls, *message.invalid_tool_calls]
    return [(call["id"], call["name"] or "") for call in calls if call["id"]]


def reject_unreadable_calls(message: AIMessage) -> list[ToolMessage]:
    """Return an error for each call whose arguments are no valid JSON; LangChain passes such calls to no tool."""
    return [
        error_answer(call["id"], call["name"] or "", UNREADABLE.format(error=call["error"] or "malformed"))
        for call in message.invalid_tool_calls
        if call["id"]
    ]


def error_answer(call_id: str, tool: str, text: str, artifact: Any = None) -> ToolMessage:
    """Return the answer to a call that failed."""
    return ToolMessage(text, tool_call_id=call_id, name=tool, status="error", artifact=artifact)


def complete_tool_answers(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages with every call answered once: add missing answers, drop repeated ones."""
    if not any(calls_of(message) or isinstance(message, ToolMessage) for message in messages):
        return list(messages)
    return list(_with_answers(messages))


def _with_answers(messages: Sequence[AnyMessage]) -> Iterator[AnyMessage]:
    # Reset for every message: some models start numbering their calls at 1 in each message, so ids are not unique.
    unanswered: dict[str, str] = {}
    answered: set[str] = set()
    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in answered:
                yield message
            answered.add(message.tool_call_id)
            unanswered.pop(message.tool_call_id, None)
            continue
        yield from (error_answer(call_id, tool, UNANSWERED) for call_id, tool in unanswered.items())
        unanswered, answered = dict(calls_of(message)), set()
        yield message
    yield from (error_answer(call_id, tool, UNANSWERED) for call_id, tool in unanswered.items())
