"""Wait for a short answer of another process: waking a process that sleeps can take longer than a short statement."""

import os
import select
import time

_AWAKE_S = 0.0002


def stay_awake(waiting: select.poll) -> bool:
    """Ask for a moment, without sleeping, whether there is something to read, and return the answer."""
    if not _HAS_OTHER_PROCESSORS:  # the process that answers needs this one
        return False
    until = time.perf_counter() + _AWAKE_S
    while time.perf_counter() < until:
        if waiting.poll(0):
            return True
    return False


def readable(waiting: select.poll, within_s: float | None = None) -> bool:
    """Return whether there is something to read within this time, None for ever; sleep only after a moment."""
    return stay_awake(waiting) or bool(waiting.poll(None if within_s is None else max(within_s, 0) * 1000))


_HAS_OTHER_PROCESSORS = (os.cpu_count() or 1) > 1
