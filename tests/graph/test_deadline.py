"""Whoever notices first that the time is up, the seat is told to be late, and nothing else."""

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest

from langgraph_dba.graph.consensus import deadline
from langgraph_dba.graph.consensus.deadline import Late, within


class JustNow(Future[Any]):
    """Is finished by its thread in the moment in which the wait for it runs out."""

    def result(self, timeout: float | None = None) -> Any:
        if timeout is not None:
            self.set_exception(Late("no answer within 1 s"))
            raise TimeoutError
        return super().result()


def test_a_thread_that_notices_first_says_late() -> None:
    with pytest.raises(Late, match=r"no answer within 0.05 s"):
        deadline._finished(asyncio.sleep(60), 0.05)


def test_an_end_in_the_moment_of_the_time_out_counts_as_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "_in_thread", lambda *_: JustNow())

    with pytest.raises(Late, match="no answer within 1 s"):
        within(1, lambda: None, "a seat")
