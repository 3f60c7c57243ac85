"""Cancel a run, or end this process within seconds, without losing track of what either has created.

A run that is cancelled raises Cancelled at its next statement, file or process. In a process that ends, threads are
held there instead, so that nothing is saved that the end itself has caused, such as the failure of a stopped server.
"""

import atexit
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

_GRACE_S = 0.5
Action = Callable[[], object]


class Cancelled(BaseException):
    """The run was cancelled. Like KeyboardInterrupt it is no Exception: nothing may record it as a failure."""


class Cancellation:
    """Cancels one run: `request` may be called from any thread, `check` is called by the run."""

    def __init__(self) -> None:
        """Nothing is cancelled yet."""
        self._requested, self._lock = threading.Event(), threading.Lock()
        self._actions: dict[int, Action] = {}

    @property
    def requested(self) -> bool:
        """Whether the run is cancelled."""
        return self._requested.is_set()

    def request(self) -> None:
        """Cancel the run and, each in a thread of its own, what it is waiting for."""
        with self._lock:
            self._requested.set()
            actions = list(self._actions.values())
        for action in actions:
            threading.Thread(target=action, name="cancel", daemon=True).start()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let `check_cancelled` in the block, and in threads with a copy of its context, look at this one."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    def watch(self, key: int, action: Action) -> None:
        """Call an action when the run is cancelled, until `unwatch`; Cancelled if it is already."""
        with self._lock:
            if self._requested.is_set():
                raise Cancelled
            self._actions[key] = action

    def unwatch(self, key: int) -> None:
        """Forget an action."""
        with self._lock:
            self._actions.pop(key, None)


@contextmanager
def cancelled_by(action: Action) -> Iterator[None]:
    """Call an action, in another thread, if the run of this context is cancelled within the block."""
    current = _CURRENT.get()
    if current is None:
        yield
        return
    key = id(action)
    current.watch(key, action)
    try:
        yield
    finally:
        current.unwatch(key)


@contextmanager
def not_cancelled() -> Iterator[None]:
    """Let a block that cleans up run to its end, also in a run that is cancelled."""
    token = _CURRENT.set(None)
    try:
        yield
    finally:
        _CURRENT.reset(token)


_CURRENT: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)
current_cancellation = _CURRENT.get
_ENDING = threading.Event()
_ENDS_PROCESS: ContextVar[bool] = ContextVar("ends_process", default=False)
_AT_END: list[Action] = []
_RUNNING: dict[int, Action] = {}


def is_cancelled() -> bool:
    """Return whether the run of this context is cancelled, or this process ends."""
    current = _CURRENT.get()
    return _ENDING.is_set() or (current is not None and current.requested)


def check_cancelled() -> None:
    """Raise Cancelled if the run of this context is cancelled; in a process that ends, never return."""
    if _ENDING.is_set() and not _ENDS_PROCESS.get():
        threading.Event().wait()
    current = _CURRENT.get()
    if current is not None and current.requested:
        raise Cancelled


def at_end(action: Action) -> None:
    """Call an action at the end of this process, also if `end_process` ends it."""
    _AT_END.append(action)
    atexit.register(action)


def not_at_end(action: Action) -> None:
    """Take back `at_end`."""
    atexit.unregister(action)
    with suppress(ValueError):
        _AT_END.remove(action)


class called_if_process_ends:  # noqa: N801  used as a function: `with called_if_process_ends(…)`
    """Call an action, in another thread, if this process ends within the block."""

    # Not `at_end`: the interpreter keeps a place in its list for each action that was taken back, and every statement
    # would add one.
    __slots__ = ("_action",)

    def __init__(self, action: Action) -> None:
        """Keep the action."""
        self._action = action

    def __enter__(self) -> None:
        """Register the action."""
        _RUNNING[id(self)] = self._action

    def __exit__(self, *_: object) -> None:
        """Remove the action."""
        _RUNNING.pop(id(self), None)


@atexit.register
def _call_running() -> None:
    # of threads that the interpreter does not wait for
    for action in list(_RUNNING.values()):
        with suppress(Exception):
            action()


def end_process(code: int, *, within_s: float) -> None:
    """Run the actions of `at_end` in parallel and exit with a code, at the latest after `within_s` seconds.

    For any thread: the main thread may be inside a computation that no signal interrupts.
    """
    deadline = time.monotonic() + within_s
    _ENDING.set()
    # with too little memory a new thread may die before it says that it has started, which `start` waits for: the
    # kernel ends this process then
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, within_s + _GRACE_S)

    def run(action: Action) -> None:
        _ENDS_PROCESS.set(True)
        with suppress(Exception):
            action()

    threads = [threading.Thread(target=run, args=(action,), daemon=True) for action in (*_AT_END, *_RUNNING.values())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    os._exit(code)


def _forget() -> None:
    _RUNNING.clear()
    _AT_END.clear()  # a forked process owns nothing of its parent


os.register_at_fork(after_in_child=_forget)
