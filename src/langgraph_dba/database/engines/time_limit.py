"""How long a statement may take: an engine's own limit, or what is left of the time its caller was given."""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langgraph_dba.errors import OverBudget

_END: ContextVar[float | None] = ContextVar("end", default=None)


@contextmanager
def budget(seconds: float | None) -> Iterator[None]:
    """Give what runs inside this much time in all (None: no further limit); an outer budget that ends earlier stays.

    Threads that run in a copy of the context share it.
    """
    outer, now = _END.get(), time.monotonic()
    end = outer if seconds is None else now + seconds if outer is None else min(outer, now + seconds)
    token = _END.set(end)
    try:
        yield
    finally:
        _END.reset(token)


def time_left(limit_s: float) -> float:
    """Return how long the next statement may take, at most `limit_s`; OverBudget if no time is left."""
    end = _END.get()
    if end is None:
        return limit_s
    left = end - time.monotonic()
    if left <= 0:
        raise OverBudget("over budget: the time for this run is used up")
    return min(limit_s, left)


def out_of_time() -> None:
    """Raise OverBudget if the time that the caller was given is used up."""
    time_left(0)


class unless_done:  # noqa: N801  used as a function: `with unless_done(…)`
    """Call `act`, from another thread, if the block does not end within so many seconds.

    A class with slots and no generator: it is entered once for every statement.
    """

    __slots__ = ("_deadlines", "act", "at", "finished")

    def __init__(self, within_s: float, act: Callable[[], object]) -> None:
        """Set the deadline from now on."""
        self.at, self.act, self.finished, self._deadlines = time.monotonic() + within_s, act, False, _DEADLINES

    def __enter__(self) -> None:
        """Start to wait."""
        self._deadlines.add(self)

    def __exit__(self, *_: object) -> None:
        """Forget the deadline, or wait for the call that has begun."""
        self._deadlines.remove(self)


class _Deadlines:
    """One thread for all deadlines of the process: a thread for each statement was 4,204 threads a session."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: set[unless_done] = set()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: unless_done) -> None:
        with self._condition:
            self._waiting.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif deadline.at < self._wakes_at:
                self._condition.notify_all()

    def remove(self, deadline: unless_done) -> None:
        """Forget a deadline; if its call has begun, wait for it, so that it cannot meet the next statement."""
        with self._condition:
            if deadline in self._waiting:
                self._waiting.remove(deadline)
            else:
                self._condition.wait_for(lambda: deadline.finished, _CALL_LIMIT_S)

    def _run(self) -> None:
        with self._condition:
            while True:
                now = time.monotonic()
                for deadline in [one for one in self._waiting if one.at <= now]:
                    self._waiting.remove(deadline)
                    # ending a statement may take a connection of its own: other deadlines must not wait for it
                    threading.Thread(target=self._call, args=(deadline,), name="deadline", daemon=True).start()
                self._wakes_at = min((one.at for one in self._waiting), default=now + _IDLE_S)
                self._condition.wait(max(self._wakes_at - now, 0))

    def _call(self, deadline: unless_done) -> None:
        try:
            deadline.act()
        finally:
            with self._condition:
                deadline.finished = True
                self._condition.notify_all()


_CALL_LIMIT_S = 10.0
_IDLE_S = 3600.0
_DEADLINES = _Deadlines()


def _forget_deadlines() -> None:
    global _DEADLINES  # noqa: PLW0603  a forked process has neither the thread nor a lock that will be released
    _DEADLINES = _Deadlines()


os.register_at_fork(after_in_child=_forget_deadlines)
