"""An occupant of a seat with predefined answers, for tests, dry runs and examples."""

import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from langgraph_dba.agents.panel.seat import Abstention, SeatView


class ScriptedSeat:
    """Return `answers` in order, or by topic; raise `error` if it is set; sleep for `delay_s` seconds first.

    An answer may be a Decision, a mapping of its fields, an exception (raised), or any other value, for tests of an
    absent seat. A sequence has one answer per call, and its last answer is repeated; a mapping has one per topic, and
    other topics get an Abstention. `seen` has the views of all calls.
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
        """Store the answers without validation, so that a test can return invalid ones."""
        self._answers = answers
        self._error = error
        self._delay_s = delay_s
        self.seen: list[dict[str, Any]] = []

    def __call__(self, view: SeatView) -> Any:
        """Record the view and return the next answer."""
        # A copy, so that a later change of the view does not change the record.
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
