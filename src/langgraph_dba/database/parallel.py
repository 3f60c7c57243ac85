"""Run a function on several items in parallel, such as the same work on each engine."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def in_parallel(
    function: Callable[[Item], Outcome], items: Iterable[Item], *, at_once: int | None = None
) -> list[Outcome]:
    """Call a function on every item in threads, at most `at_once` at a time (None: all).

    Returns the outcomes in the order of the items; the first exception is raised.
    """
    jobs = list(items)  # the number of threads depends on their number
    if len(jobs) < 2:  # noqa: PLR2004  a thread would gain nothing
        return [function(item) for item in jobs]
    with ThreadPoolExecutor(max_workers=min(len(jobs), at_once or len(jobs))) as pool:
        # a copy of the context carries the time budget of the caller (engines/time_limit.py) into the thread
        futures = [pool.submit(copy_context().run, function, item) for item in jobs]
        return [future.result() for future in futures]
