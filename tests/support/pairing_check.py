"""Check a conversation as a provider's API does: every tool call has one answer, directly after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage


@dataclass(frozen=True, slots=True)
class Pairing:
    """The ids of a conversation's calls, and those for which a provider would reject it."""

    calls: tuple[str, ...]
    unanswered: tuple[str, ...]
    repeated: tuple[str, ...]
    misplaced: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        """Return whether a provider would accept the conversation."""
        return not (self.unanswered or self.repeated or self.misplaced)


def pairing_of(messages: Sequence[AnyMessage]) -> Pairing:
    """Check that the ToolMessages directly behind an AIMessage answer each of its calls exactly once.

    `misplaced` are answers that belong to no call of the AIMessage before them.
    """
    calls: list[str] = []
    unanswered: list[str] = []
    repeated: list[str] = []
    misplaced: list[str] = []
    for index, message in enumerate(messages):
        call_ids = _calls(message) if isinstance(message, AIMessage) else []
        answers = _answers(messages[index + 1 :]) if not isinstance(message, ToolMessage) else []
        calls += call_ids
        unanswered += [key for key in call_ids if key not in answers]
        repeated += [key for key in call_ids if answers.count(key) > 1]
        misplaced += [key for key in answers if key not in call_ids]
    return Pairing(tuple(calls), tuple(unanswered), tuple(repeated), tuple(misplaced))


def _calls(message: AIMessage) -> list[str]:
    """Return the ids of all calls of a message, also of those with invalid JSON: providers receive them as well."""
    return [str(call["id"]) for call in (*message.tool_calls, *message.invalid_tool_calls)]


def _answers(following: Sequence[AnyMessage]) -> list[str]:
    """Return the call ids of the ToolMessages that come first."""
    answers: list[str] = []
    for message in following:
        if not isinstance(message, ToolMessage):
            break
        answers.append(message.tool_call_id)
    return answers
