"""Every tool call gets exactly one ToolMessage, right behind the message that made it.

Providers refuse a conversation in which a call stays unanswered, or is answered twice, so what an agent leaves behind
is made whole before others read it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, ToolMessage

UNANSWERED = "No result: the run of this agent ended before the call was answered."
UNREADABLE = "Not called: its arguments cannot be read as JSON ({error}). Call it again with valid arguments."


def calls_of(message: BaseMessage | None) -> list[tuple[str, str]]:
    """Return (id, tool's name) of each call a message makes, those with unreadable arguments included."""
    if not isinstance(message, AIMessage):
        return []
    calls = [*message.tool_calls, *message.invalid_tool_calls]
    return [(call["id"], call["name"] or "") for call in calls if call["id"]]


def unreadable(message: AIMessage) -> list[ToolMessage]:
    """Answer the calls whose arguments the model did not write as JSON; a tool never sees those."""
    return [
        answer(call["id"], call["name"] or "", UNREADABLE.format(error=call["error"] or "malformed"))
        for call in message.invalid_tool_calls
        if call["id"]
    ]


def answer(call_id: str, tool: str, text: str, artifact: Any = None) -> ToolMessage:
    """Make the answer to a call that came to nothing."""
    return ToolMessage(text, tool_call_id=call_id, name=tool, status="error", artifact=artifact)


def paired(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages with every call answered once: a missing answer is put in, a second one left out.

    Ids count within one message only: some models number their calls anew in each.
    """
    if not any(calls_of(message) or isinstance(message, ToolMessage) for message in messages):
        return list(messages)
    return list(_paired(messages))


def _paired(messages: Sequence[AnyMessage]) -> Iterator[AnyMessage]:
    waiting: dict[str, str] = {}
    answered: set[str] = set()
    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in answered:
                yield message
            answered.add(message.tool_call_id)
            waiting.pop(message.tool_call_id, None)
            continue
        yield from (answer(call_id, tool, UNANSWERED) for call_id, tool in waiting.items())
        waiting, answered = dict(calls_of(message)), set()
        yield message
    yield from (answer(call_id, tool, UNANSWERED) for call_id, tool in waiting.items())
