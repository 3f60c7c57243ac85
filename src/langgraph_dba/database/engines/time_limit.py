"""Time limits of statements: the limit of the engine, or the rest of the caller's time budget."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.errors import OverBudget

_END: ContextVar[float | None] = ContextVar("end", default=None)
budget_end = _END.get  # the end of the caller's budget on the monotonic clock, or None


@contextmanager
def budget(seconds: float | None) -> Iterator[None]:
    """Limit the total time of the block (None: no new limit); an outer budget that ends earlier still applies.

    Threads that run in a copy of the context share the budget.
    """
    outer, now = _END.get(), time.monotonic()
    end = outer if seconds is None else now + seconds if outer is None else min(outer, now + seconds)
    token = _END.set(end)
    try:
        yield
    finally:
        _END.reset(token)


def time_left(limit_s: float) -> float:
    """Return the seconds that the next statement may take, at most `limit_s`.

    OverBudget if none are left, Cancelled if the run is cancelled.
    """
    check_cancelled()
    end = _END.get()
    if end is None:
        return limit_s
    remaining = end - time.monotonic()
    if remaining <= 0:
        raise OverBudget("over budget: the time for this run is used up")
    return min(limit_s, remaining)


def out_of_time() -> None:
    """Raise OverBudget if the time budget of the caller is used up."""
    time_left(0)
