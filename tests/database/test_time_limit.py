"""Deadlines of statements: one thread for all, and a call never cancels the next statement."""

import os
import threading
import time

from langgraph_dba.deadlines import on_timeout


def test_many_blocks_share_one_thread() -> None:
    with on_timeout(60, lambda: None):
        before = threading.active_count()

    for _ in range(200):
        with on_timeout(60, lambda: None):
            assert threading.active_count() <= before


def test_only_the_block_that_takes_too_long_is_cancelled() -> None:
    calls: list[str] = []

    with on_timeout(60, lambda: calls.append("outer")), on_timeout(0.05, lambda: calls.append("inner")):
        time.sleep(0.3)

    assert calls == ["inner"]


def test_an_earlier_deadline_wakes_the_thread() -> None:
    called = threading.Event()

    with on_timeout(60, lambda: None):
        time.sleep(0.05)  # the thread sleeps until the later deadline
        with on_timeout(0.05, called.set):
            assert called.wait(5)


def test_a_block_ends_after_the_call_that_ends_its_statement() -> None:
    """A late call would cancel the next statement of the same connection."""
    calls: list[str] = []

    def slow() -> None:
        time.sleep(0.3)
        calls.append("done")

    with on_timeout(0.01, slow):
        time.sleep(0.1)

    assert calls == ["done"]


def test_a_forked_process_has_deadlines_too() -> None:
    with on_timeout(60, lambda: None):
        pass
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # the child reports through the pipe whether its deadline was called
        called = threading.Event()
        with on_timeout(0.05, called.set):
            os.write(writer, b"yes" if called.wait(5) else b"no")
        os._exit(0)
    os.waitpid(pid, 0)

    assert os.read(reader, 3) == b"yes"
    os.close(reader)
    os.close(writer)
