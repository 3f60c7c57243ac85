"""A seat whose answers are written beforehand: for tests, rehearsals and examples."""

import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from langgraph_dba.agents.panel.seat import Abstention, View


class ScriptedSeat:
    """Gives `answers` in order, or by topic; raises `error`; waits `delay_s` first.

    An answer may be a Decision, a mapping of its fields, an exception (raised), or anything else (garbage is what a
    test of absence needs). Answers in order are used up, one a call, the last of them again and again; by topic, a
    question without an answer is abstained from. `seen` holds what the seat was given, call by call.
    """

    occupant = "scripted"
    kind = "scripted"

    def __init__(
        self,
        answers: Sequence[Any] | Mapping[str, Any] = (),
        *,
        error: Exception | None = None,
        delay_s: float = 0.0,
    ) -> None:
        """Keep the script; nothing is checked, so that wrong answers can be rehearsed."""
        self._answers = answers
        self._error = error
        self._delay_s = delay_s
        self.seen: list[dict[str, Any]] = []

    def __call__(self, view: View) -> Any:
        """Answer as written."""
        self.seen.append(deepcopy(dict(view)))
        time.sleep(self._delay_s)
        if self._error:
            raise self._error
        answer = self._next(view["question"]["topic"])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _next(self, topic: str) -> Any:
        if isinstance(self._answers, Mapping):
            return self._answers.get(topic, Abstention(f"nothing is scripted for {topic}"))
        if not self._answers:
            return None
        return self._answers[min(len(self.seen), len(self._answers)) - 1]
