"""A chat model that answers at once: what is left of an agent's time is the library's own."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable


class InstantModel(BaseChatModel):
    """Answers with what `reply` makes of the messages."""

    reply: Callable[[list[BaseMessage]], AIMessage]

    @property
    def _llm_type(self) -> str:
        return "instant"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """Take the tools as given: the reply knows their names."""
        del tools, options
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  langchain names what a model is given
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **options: Any,  # noqa: ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.reply(messages))])


def says(text: str) -> InstantModel:
    """Make a model that always says the same."""
    return InstantModel(reply=lambda _: AIMessage(text))


def calls(*tools: str) -> InstantModel:
    """Make a model whose every message calls these tools, without arguments."""
    return InstantModel(reply=lambda _: calling(*tools))


def calling(*tools: str) -> AIMessage:
    """Make a message that calls these tools; the ids tell the calls of one message apart."""
    return AIMessage("", tool_calls=[ToolCall(name=tool, args={}, id=f"call-{tool}") for tool in tools])
