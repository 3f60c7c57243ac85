"""Run a seat with a timeout, under `invoke` and under `ainvoke`.

A synchronous occupant runs in its own daemon thread, which cannot be stopped after the timeout. A thread pool is not
used: the pools of asyncio and concurrent.futures wait for their threads when the loop or the process ends, so one
hanging seat would block both. LangGraph's `timeout=` is not used either: it rejects nodes with a synchronous side.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

Call = Callable[[], Any]


class SeatTimeout(Exception):
    """Raised if a seat does not answer within its timeout."""


def call_with_timeout(timeout_s: float, call: Call, name: str) -> Any:
    """Return the result of `call`, awaited if it is awaitable.

    Raises SeatTimeout after `timeout_s` seconds, else the exception that `call` raised.
    """
    future = _in_thread(lambda: _finished(call(), timeout_s), name)
    try:
        return future.result(timeout_s)
    except TimeoutError:
        # Either the call finished between the timeout and this line, or it raised a TimeoutError of its own: both are
        # its result. Two clocks run (this wait and the one around an awaitable), and either may fire first.
        if future.done():
            return future.result()
        raise _seat_timeout(timeout_s) from None


async def acall_with_timeout(timeout_s: float, call: Call, name: str, *, is_async: bool) -> Any:
    """Do the same on the event loop: run a synchronous call in a thread and await what it returns on this loop."""
    try:
        async with asyncio.timeout(timeout_s) as deadline:
            result = call() if is_async else await asyncio.wrap_future(_in_thread(call, name))
            return await result if inspect.isawaitable(result) else result
    except TimeoutError:
        if not deadline.expired():
            raise
        raise _seat_timeout(timeout_s) from None


def _seat_timeout(timeout_s: float) -> SeatTimeout:
    return SeatTimeout(f"no answer within {timeout_s:g} s")


def is_async(function: Callable[..., Any]) -> bool:
    """Return whether calling the function, or the object with an async `__call__`, returns a coroutine."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _in_thread(call: Call, name: str) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # a running future cannot be cancelled, so set_result below never raises
    context = contextvars.copy_context()

    def work() -> None:
        try:
            result = context.run(call)
        except BaseException as error:  # noqa: BLE001  re-raised in the waiting thread
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
            raise  # a TimeoutError that the occupant raised itself
        raise _seat_timeout(timeout_s) from None
