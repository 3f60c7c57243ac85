"""A chat model with predefined replies, for tests, dry runs and examples."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

Reply = str | AIMessage | Exception


class ScriptedModel(BaseChatModel):
    """Return `replies` in order, one per call, or the result of calling the function `replies` with the messages.

    A reply is a text, an AIMessage (for example with tool calls), or an exception, which is raised. Streaming yields
    one word at a time. `seen` holds the messages of every call, `offered` the names of the bound tools. Raises
    IndexError if the model is called more often than there are replies.
    """

    replies: Sequence[Reply] | Callable[[list[BaseMessage]], Reply]
    # Private attributes, because fields would be arguments of the constructor.
    _seen: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _offered: list[list[str]] = PrivateAttr(default_factory=list)

    @property
    def seen(self) -> list[list[BaseMessage]]:
        """Return the messages of every call so far."""
        return self._seen

    @property
    def offered(self) -> list[list[str]]:
        """Return, for every call so far, the names of the tools that were bound."""
        return self._offered

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools; the replies decide whether they are called."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **options)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  the base class's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **options: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages, options))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._next(messages, options)):
            yield ChatGenerationChunk(message=chunk)

    def _next(self, messages: list[BaseMessage], options: dict[str, Any]) -> AIMessage:
        self._seen.append(list(messages))
        self._offered.append([tool["function"]["name"] for tool in options.get("tools", ())])
        reply = self.replies(messages) if callable(self.replies) else self._reply_to_call(len(self._seen))
        if isinstance(reply, Exception):
            raise reply
        # A copy: LangChain sets ids on the message that it gets, and a script may return one message several times.
        return AIMessage(reply) if isinstance(reply, str) else reply.model_copy()

    def _reply_to_call(self, call: int) -> Reply:
        assert not callable(self.replies)
        if call > len(self.replies):
            raise IndexError(f"the script has {len(self.replies)} replies, and this is call {call}")
        return self.replies[call - 1]


def _chunks(message: AIMessage) -> Iterator[AIMessageChunk]:
    words = str(message.text).split(" ") if message.text else []
    for index, word in enumerate(words):
        yield AIMessageChunk(content=word if index == 0 else f" {word}", id=message.id)
    valid = [(call["name"], json.dumps(call["args"]), call["id"]) for call in message.tool_calls]
    invalid = [(call["name"], call["args"] or "", call["id"]) for call in message.invalid_tool_calls]
    for index, (name, text, key) in enumerate([*valid, *invalid]):
        half = len(text) // 2  # providers split arguments over chunks; code under test must join them
        first = tool_call_chunk(name=name, args=text[:half], id=key, index=index)
        yield AIMessageChunk(content="", id=message.id, tool_call_chunks=[first])
        second = tool_call_chunk(args=text[half:], index=index)
        yield AIMessageChunk(content="", id=message.id, tool_call_chunks=[second])
    yield AIMessageChunk(content="", id=message.id, chunk_position="last")
