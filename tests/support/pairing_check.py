"""What a provider's interface checks before it reads a conversation: every tool call is answered once, in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage


@dataclass(frozen=True, slots=True)
class Pairing:
    """The calls of a conversation by their ids, and what of them would be refused."""

    calls: tuple[str, ...]
    unanswered: tuple[str, ...]
    repeated: tuple[str, ...]
    misplaced: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        """Whether a provider would take the conversation."""
        return not (self.unanswered or self.repeated or self.misplaced)


def pairing_of(messages: Sequence[AnyMessage]) -> Pairing:
    """Check that the ToolMessages directly behind an AIMessage answer each of its calls exactly once.

    Misplaced are answers to no call of the AIMessage they stand behind.
    """
    calls: list[str] = []
    unanswered: list[str] = []
    repeated: list[str] = []
    misplaced: list[str] = []
    for index, message in enumerate(messages):
        asked = _calls(message) if isinstance(message, AIMessage) else []
        answers = _answers(messages[index + 1 :]) if not isinstance(message, ToolMessage) else []
        calls += asked
        unanswered += [key for key in asked if key not in answers]
        repeated += [key for key in asked if answers.count(key) > 1]
        misplaced += [key for key in answers if key not in asked]
    return Pairing(tuple(calls), tuple(unanswered), tuple(repeated), tuple(misplaced))


def _calls(message: AIMessage) -> list[str]:
    """Every call of a message, those with arguments that are no JSON included: providers are sent them back as well."""
    return [str(call["id"]) for call in (*message.tool_calls, *message.invalid_tool_calls)]


def _answers(following: Sequence[AnyMessage]) -> list[str]:
    """The calls that the ToolMessages at the head of what follows answer."""
    found: list[str] = []
    for message in following:
        if not isinstance(message, ToolMessage):
            break
        found.append(message.tool_call_id)
    return found
