"""Call a function, or interrupt a computation, when a block of code does not end in time."""

import ctypes
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from langgraph_dba.cancellation import current_cancellation


class on_timeout:  # noqa: N801  used as a function: `with on_timeout(…)`
    """Call `act` in another thread if the block does not end within `within_s` seconds, or the run is cancelled."""

    # A class with slots and not a generator function: every statement enters one.
    __slots__ = ("_cancellation", "_deadlines", "act", "at", "finished")

    def __init__(self, within_s: float, act: Callable[[], object]) -> None:
        """Compute the deadline."""
        self.at, self.act, self.finished, self._deadlines = time.monotonic() + within_s, act, False, _DEADLINES
        self._cancellation = current_cancellation()

    def __enter__(self) -> None:
        """Register the deadline."""
        if self._cancellation is not None:
            self._cancellation.watch(id(self), self.act)
        self._deadlines.add(self)

    def __exit__(self, *_: object) -> None:
        """Remove the deadline, or wait for its call if it has started."""
        if self._cancellation is not None:
            self._cancellation.unwatch(id(self))
        self._deadlines.remove(self)


class Interrupted(BaseException):
    """The block of `interrupted_after` did not end in time."""


@contextmanager
def interrupted_after(within_s: float) -> Iterator[None]:
    """Raise Interrupted in the block, between two steps of Python code, if it does not end within `within_s` seconds.

    For code that only computes: a parser cannot be cancelled otherwise.
    """
    thread = ctypes.c_ulong(threading.get_ident())
    late, ended = threading.Event(), threading.Event()

    def interrupt() -> None:
        late.set()
        with _ignored_where_nothing_can_be_raised():
            for _ in range(_MOST_INTERRUPTS):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(Interrupted))
                if ended.wait(_INTERRUPT_AGAIN_S):
                    return

    is_dropped = False
    try:
        with on_timeout(within_s, interrupt):
            try:
                yield
            except GeneratorExit:  # it was raised in `contextlib` between the block and here, and is on its way already
                is_dropped = True
                raise
            finally:
                ended.set()
    finally:
        if late.is_set():
            # The last one is raised in this loop. Taking it back instead, with NULL, leaves a flag in CPython 3.11 set:
            # each step is slower then, and under a profiler none ends.
            with suppress(Interrupted):
                for _ in range(1_000):
                    pass
            if not is_dropped:
                raise Interrupted


@contextmanager
def _ignored_where_nothing_can_be_raised() -> Iterator[None]:
    """Report no Interrupted that a finalizer got: Python reports and ignores exceptions there."""
    report = sys.unraisablehook
    sys.unraisablehook = lambda event: None if event.exc_type is Interrupted else report(event)
    try:
        yield
    finally:
        sys.unraisablehook = report


_INTERRUPT_AGAIN_S = 0.1
_MOST_INTERRUPTS = 50


class _Deadlines:
    """One thread for all deadlines of the process."""

    # A thread for each statement would be 4,204 threads in a session.

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: set[on_timeout] = set()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: on_timeout) -> None:
        with self._condition:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                thread.start()  # with too little memory this fails, before anything waits
                self._thread = thread
            self._waiting.add(deadline)
            if deadline.at < self._wakes_at:
                self._condition.notify_all()

    def remove(self, deadline: on_timeout) -> None:
        """Remove a deadline; if its call has started, wait for it, so that it cannot cancel the next statement."""
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
                    # cancelling may open a connection of its own: other deadlines must not wait for that
                    threading.Thread(target=self._call, args=(deadline,), name="deadline", daemon=True).start()
                self._wakes_at = min((one.at for one in self._waiting), default=now + _IDLE_S)
                self._condition.wait(max(self._wakes_at - now, 0))

    def _call(self, deadline: on_timeout) -> None:
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
