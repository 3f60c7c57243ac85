"""What an agent is doing, reported while it works: shown as progress, and never part of its result."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

Report = Callable[[Mapping[str, Any]], None]
_REPORT: ContextVar[Report | None] = ContextVar("report", default=None)


@contextmanager
def activities_sent_to(report: Report) -> Iterator[None]:
    """Call `report` for each activity of the block, also in threads with a copy of its context."""
    token = _REPORT.set(report)
    try:
        yield
    finally:
        _REPORT.reset(token)


@contextmanager
def activities_of(agent: str, doing: str) -> Iterator[None]:
    """Report that an agent begins, and name it in each of its activities in the block."""
    outer = _REPORT.get()
    if outer is None:
        yield
        return
    with activities_sent_to(lambda activity: outer({"agent": agent, **activity})):
        report_activity(doing)
        yield


def report_activity(doing: str, *, done: int | None = None, total: int | None = None) -> None:
    """Report what the agent of this context does, and how many of a known number of steps are done."""
    report = _REPORT.get()
    if report is not None:
        report({"doing": doing} if total is None else {"doing": doing, "done": done or 0, "total": total})


class Steps:
    """An activity of a known number of steps, which may be done in several threads."""

    def __init__(self, doing: str, total: int = 0) -> None:
        """Report the start if the number is known."""
        self._doing, self._total, self._done, self._lock = doing, total, 0, Lock()
        report_activity(doing, done=0, total=total or None)

    def add(self, number: int) -> None:
        """Add steps to the number that is known."""
        with self._lock:
            self._total += number
            report_activity(self._doing, done=self._done, total=self._total)

    def finish_one(self) -> None:
        """Report that one more step is done."""
        with self._lock:
            self._done += 1
            report_activity(self._doing, done=self._done, total=max(self._total, self._done))
