"""The timeout of a seat is reported as SeatTimeout, whichever of the two clocks fires first."""

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest

from langgraph_dba.graph.consensus import deadline
from langgraph_dba.graph.consensus.deadline import SeatTimeout, call_with_timeout


class FinishesAtTimeout(Future[Any]):
    """A future that its thread finishes at the moment at which the wait for it times out."""

    def result(self, timeout: float | None = None) -> Any:
        if timeout is not None:
            self.set_exception(SeatTimeout("no answer within 1 s"))
            raise TimeoutError
        return super().result()


def test_a_timeout_in_the_thread_is_a_seat_timeout() -> None:
    with pytest.raises(SeatTimeout, match=r"no answer within 0.05 s"):
        deadline._finished(asyncio.sleep(60), 0.05)


def test_a_call_that_ends_at_the_moment_of_the_timeout_keeps_its_own_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "_in_thread", lambda *_: FinishesAtTimeout())

    with pytest.raises(SeatTimeout, match="no answer within 1 s"):
        call_with_timeout(1, lambda: None, "a seat")
