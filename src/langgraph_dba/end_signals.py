"""End a command within two seconds of Ctrl-C, SIGTERM or SIGHUP, with its servers, processes and temporary folders."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from langgraph_dba.cancellation import end_process

_WITHIN_S = 1.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128  # a shell reports 128 + the signal's number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """End this process at the first of the signals; outside of the main thread, which gets them, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    outer = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # `nohup` ignores SIGHUP, a shell's background job SIGINT: they stay ignored
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _nothing) for number in heard}
    # A thread and not the handler: that runs in the main thread, between two steps of Python, which may be far apart.
    thread = threading.Thread(target=_wait, args=(reader,), name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(outer)
        os.close(writer)
        thread.join()
        os.close(reader)


def _nothing(*_: object) -> None:
    """Let Python write the signal's number to the pipe."""


def _wait(reader: int) -> None:
    while received := os.read(reader, 1):
        if received[0] in _SIGNALS:
            name = signal.Signals(received[0]).name
            with suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), f"\nlanggraph-dba: ended by {name}\n".encode())
            end_process(_SIGNALLED + received[0], within_s=_WITHIN_S)
