"""Engines wait for themselves, not for each other: what is done on each of several is done at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def concurrently(
    function: Callable[[Item], Outcome], items: Iterable[Item], *, at_once: int | None = None
) -> list[Outcome]:
    """Call a function on every item, all or `at_once` of them together, in copies of the caller's context.

    Returns the outcomes in the items' order; the first error is raised.
    """
    listed = list(items)
    if len(listed) < 2:  # noqa: PLR2004  nothing to gain
        return [function(item) for item in listed]
    with ThreadPoolExecutor(max_workers=min(len(listed), at_once or len(listed))) as pool:
        return [future.result() for future in [pool.submit(copy_context().run, function, item) for item in listed]]
