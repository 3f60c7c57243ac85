"""Wait for a seat so long and no longer, under `invoke` and under `ainvoke`.

A synchronous occupant runs in a daemon thread of its own. Nobody can stop a thread; but the pools of asyncio and of
concurrent.futures wait for theirs when the loop or the process ends, and one hung seat would hang them too.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

Call = Callable[[], Any]


class Late(Exception):
    """No answer came in time."""


def within(timeout_s: float, call: Call, name: str) -> Any:
    """Return what `call` gives, awaited if need be; Late after `timeout_s` seconds, else whatever it raises."""
    future = _in_thread(lambda: _finished(call(), timeout_s), name)
    try:
        return future.result(timeout_s)
    except TimeoutError:
        if future.done():  # perhaps only just now: then what came of it counts, whose time-out it ever was
            return future.result()
        raise _late(timeout_s) from None


async def awithin(timeout_s: float, call: Call, name: str, *, is_async: bool) -> Any:
    """Do the same on the event loop; a call that is not async runs in a thread, an awaitable it gives runs here."""
    try:
        async with asyncio.timeout(timeout_s) as deadline:
            result = call() if is_async else await asyncio.wrap_future(_in_thread(call, name))
            return await result if inspect.isawaitable(result) else result
    except TimeoutError:
        if not deadline.expired():
            raise
        raise _late(timeout_s) from None


def _late(timeout_s: float) -> Late:
    return Late(f"no answer within {timeout_s:g} s")


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it only makes a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _in_thread(call: Call, name: str) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # from here on nobody can cancel it, and its end is always recorded
    context = contextvars.copy_context()

    def work() -> None:
        try:
            result = context.run(call)
        except BaseException as error:  # noqa: BLE001  handed over to whoever waits
            future.set_exception(error)
        else:
            future.set_result(result)

    Thread(target=work, name=name, daemon=True).start()
    return future


def _finished(result: Any, timeout_s: float) -> Any:
    return asyncio.run(_wait(result, timeout_s)) if inspect.isawaitable(result) else result


async def _wait(awaitable: Awaitable[Any], timeout_s: float) -> Any:
    try:
        async with asyncio.timeout(timeout_s) as deadline:
            return await awaitable
    except TimeoutError:
        if not deadline.expired():
            raise
        raise _late(timeout_s) from None
