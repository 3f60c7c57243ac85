"""Connect to a server within a time limit: a driver bounds single steps of it, and no name lookup."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol, TypeVar

from langgraph_dba.errors import EngineError

STEP_LIMIT_S = 10.0  # of the drivers: for one address of a server, if the time limit is longer
_SHORTEST_S = 1.0  # a short limit of statements is none for connecting: with TLS that takes several messages


class _Closable(Protocol):
    def close(self) -> None: ...


Link = TypeVar("Link", bound=_Closable)


def connected_within(limit_s: float, where: str, connect: Callable[[float], Link]) -> Link:
    """Return what `connect` returns, which gets the limit of one step; EngineError if that takes too long.

    It runs in a thread of its own, and a connection that is late is closed there.
    """
    limit_s = max(limit_s, _SHORTEST_S)
    future: Future[Link] = Future()

    def run() -> None:
        try:
            link = connect(min(limit_s, STEP_LIMIT_S))
        except Exception as error:  # noqa: BLE001  it is raised in the thread that waits
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        if future.set_running_or_notify_cancel():
            future.set_result(link)
        else:
            with suppress(Exception):
                link.close()

    threading.Thread(target=run, name="connect", daemon=True).start()
    try:
        return future.result(limit_s)
    except TimeoutError:
        if future.cancel():
            raise no_answer(where, limit_s) from None
        return future.result()  # it arrived just now, or the driver itself reports a timeout
    except BaseException:
        future.cancel()
        raise


def no_answer(where: str, limit_s: float) -> EngineError:
    """Return the error for a server that did not answer while a connection was opened."""
    return EngineError(
        f"no answer from {where} within {limit_s:g} s: check that host and port are those of the database server, "
        "that it is running, and that no firewall is between"
    )
