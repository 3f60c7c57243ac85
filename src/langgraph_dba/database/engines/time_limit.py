"""How long a statement may take: an engine's own limit, or what is left of the time its caller was given."""

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


@contextmanager
def unless_done(within_s: float, act: Callable[[], object]) -> Iterator[None]:
    """Call `act`, from another thread, if what runs inside is not done within so many seconds."""
    timer = threading.Timer(within_s, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
