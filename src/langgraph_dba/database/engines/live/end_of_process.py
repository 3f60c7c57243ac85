"""Cancel a statement on its server if this process ends: a server notices only later that a client is gone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from langgraph_dba.cancellation import called_if_process_ends, check_cancelled

_AGAIN_S = 0.3  # a server ignores a request that arrives between two statements
_TIMES = 4


@contextmanager
def cancelled_at_end(over: threading.Event, cancel: Callable[[], object]) -> Iterator[None]:
    """Cancel the statement of the block if the process ends; `cancel` sets the event `over`.

    After the block of a statement that was cancelled, Cancelled is raised if the run of this context is cancelled, and
    in a process that ends the thread is held: the reason is no limit, and nothing may report one.
    """
    ended = threading.Event()

    def cancel_until_ended() -> None:
        for _ in range(_TIMES):
            cancel()
            if ended.wait(_AGAIN_S):
                return

    with called_if_process_ends(cancel_until_ended):
        try:
            yield
        finally:
            ended.set()
            if over.is_set():
                check_cancelled()
