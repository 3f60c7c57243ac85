"""Run a session in a thread that can be cancelled: Ctrl-C or an error of the caller ends it within seconds."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import TypeVar

from langgraph_dba.agents.kit.fork_server import FORK_SERVER
from langgraph_dba.cancellation import Cancellation, Cancelled, check_cancelled, current_cancellation
from langgraph_dba.database.engines import close_shared_engines

CANCEL_LIMIT_S = 2.0
Result = TypeVar("Result")
Item = TypeVar("Item")
_Sent = tuple[Item, "Future[None]"]
_RUNNING: set[int] = set()
_RUNNING_LOCK = threading.Lock()


def supervised(run: Callable[[Callable[[Item], None]], Result], progress: Callable[[Item], None]) -> Result:
    """Call `run(send)` in a thread, and `progress` in this one with each item that is sent; return the result.

    The run is cancelled by the cancellation of this context, and by KeyboardInterrupt here. It then ends at its next
    statement or file; if this process runs no other session, its private servers and interpreters are stopped too.
    """
    cancellation = current_cancellation() or Cancellation()
    queue: SimpleQueue[_Sent[Item] | None] = SimpleQueue()
    outcome: Future[Result] = Future()

    def send(item: Item) -> None:
        check_cancelled()
        done: Future[None] = Future()
        queue.put((item, done))
        done.result()

    def work() -> None:
        try:
            with cancellation.active():
                outcome.set_result(run(send))
        except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
            outcome.set_exception(error)
        finally:
            queue.put(None)

    with _RUNNING_LOCK:
        _RUNNING.add(id(outcome))
    threading.Thread(target=copy_context().run, args=(work,), name="session", daemon=True).start()
    try:
        _receive(queue, progress)
        return outcome.result()
    except BaseException as error:
        if not isinstance(error, Exception):
            cancellation.request()
            _drain(queue, outcome)
        raise
    finally:
        with _RUNNING_LOCK:
            _RUNNING.discard(id(outcome))
            is_last = not _RUNNING
        if cancellation.requested and is_last:
            _close_shared()


def _receive(queue: "SimpleQueue[_Sent[Item] | None]", progress: Callable[[Item], None]) -> None:
    while (sent := queue.get()) is not None:
        item, done = sent
        try:
            progress(item)
        except BaseException as error:
            done.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            done.set_result(None)


def _drain(queue: "SimpleQueue[_Sent[Item] | None]", outcome: "Future[Result]") -> None:
    """Release a thread that sends something, and wait a short time for its end."""
    deadline = time.monotonic() + CANCEL_LIMIT_S
    while not outcome.done() and time.monotonic() < deadline:
        try:
            sent = queue.get(timeout=0.05)
        except Empty:
            continue
        if sent is not None:
            sent[1].set_exception(Cancelled())


def _close_shared() -> None:
    threads = [threading.Thread(target=close, daemon=True) for close in (FORK_SERVER.close, close_shared_engines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(CANCEL_LIMIT_S)
