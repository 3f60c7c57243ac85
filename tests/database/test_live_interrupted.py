"""A read that is interrupted is cancelled where it runs: on the server, or in the helper process of SQLite."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from usable_engines import usable

from langgraph_dba.cancellation import Cancellation, Cancelled
from langgraph_dba.database import Limits, open_live
from langgraph_dba.database.engines import Connection, Engine

pytestmark = pytest.mark.slow

_WITHIN_S = 2.0
_LONG = {
    "postgresql": "SELECT count(*) FROM generate_series(1, 100000000000)",
    "mariadb": "SELECT count(*) FROM seq_1_to_10000000 a, seq_1_to_10000000 b",
    "sqlite": "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
}
_RUNNING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'langgraph-dba' "
    "AND datname = current_database()",
    "mariadb": "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%seq_1_to_10000000 a%' "
    "AND id <> connection_id()",
}


def _becomes(count: Callable[[], int], expected: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while count() != expected:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _statements(connection: Connection, name: str, url: str) -> Callable[[], int]:
    file = url.partition("///")[2]

    def count() -> int:
        if name == "sqlite":  # it has no server: the helper processes that have this file
            lines = [_command_line(path) for path in Path("/proc").glob("[0-9]*")]
            return sum("sqlite/worker.py" in line and file in line for line in lines)
        return int(connection.run(_RUNNING[name]).scalar)

    return count


def _command_line(process: Path) -> str:
    with suppress(OSError):
        return (process / "cmdline").read_text()
    return ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["postgresql", "mariadb", "sqlite"])
def test_a_signal_to_the_command_cancels_the_statement(name: str, number: signal.Signals) -> None:
    with usable(name).scratch("CREATE TABLE t (a INTEGER);") as scratch, scratch.connect("superuser") as connection:
        count = _statements(connection, name, scratch.url("superuser"))
        before = count()
        command = [sys.executable, "-m", "langgraph_dba", "read", scratch.url("superuser"), _LONG[name]]
        process = subprocess.Popen(
            [*command, "--trust-role", "--seconds", "300"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert _becomes(count, before + 1, 30), process.communicate()
        time.sleep(0.3)  # SQLite's helper has the statement then

        os.kill(process.pid, number)

        assert _becomes(count, before, _WITHIN_S)
        out, err = process.communicate(timeout=_WITHIN_S)
        assert (process.returncode, out) == (128 + number, "")
        assert err == f"\nlanggraph-dba: ended by {number.name}\n"


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_keyboard_interrupt_cancels_the_statement_and_the_next_read_works(name: str) -> None:
    with usable(name).scratch() as scratch, scratch.connect("superuser") as connection:
        count = _statements(connection, name, scratch.url("superuser"))
        with open_live(scratch.url("superuser"), trust_role=True, limits=Limits(time_s=60)) as live:
            timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                live.read(_LONG[name])

            assert _becomes(count, 0, _WITHIN_S)
            assert live.read("SELECT 1").rows == ((1,),)


def test_an_interrupt_while_the_server_plans_cancels_that(postgresql: Engine) -> None:
    """The planner calls the function before there is a cursor."""
    ddl = """CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RETURN (SELECT count(*) FROM generate_series(1, 100000000000)); END $$;"""
    with postgresql.scratch(ddl) as scratch, scratch.connect("superuser") as connection:
        url = scratch.url("superuser")
        count = _statements(connection, "postgresql", url)
        with open_live(url, trust_role=True, trusted_functions=["public.slow"], limits=Limits(time_s=60)) as live:
            threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
            with pytest.raises(KeyboardInterrupt):
                live.read("SELECT slow()")

            assert _becomes(count, 0, _WITHIN_S)
            assert live.read("SELECT 1").rows == ((1,),)


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_cancelled_run_cancels_its_statement(name: str) -> None:
    cancellation, url_limits = Cancellation(), Limits(time_s=60)
    with usable(name).scratch() as scratch, scratch.connect("superuser") as connection:
        count = _statements(connection, name, scratch.url("superuser"))
        with open_live(scratch.url("superuser"), trust_role=True, limits=url_limits) as live:
            threading.Timer(1, cancellation.request).start()
            with cancellation.active(), pytest.raises(Cancelled):
                live.read(_LONG[name])

            assert _becomes(count, 0, _WITHIN_S)
            assert live.read("SELECT 1").rows == ((1,),)
