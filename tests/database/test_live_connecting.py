"""Connecting ends within the limit of time, also if a server accepts and never answers, and names the server."""

import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from langgraph_dba.cli import main
from langgraph_dba.database import Limits, open_live
from langgraph_dba.database.engines import Engine
from langgraph_dba.database.engines.live.short_wait import readable
from langgraph_dba.errors import OverLimit


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_a_server_that_never_answers_ends_the_command_at_its_limit(
    scheme: str, silent_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{scheme}://a:secret@127.0.0.1:{silent_port}/x"
    monkeypatch.setattr("sys.argv", ["langgraph-dba", "read", url, "SELECT 1", "--seconds", "1.5"])
    began = time.monotonic()

    with pytest.raises(SystemExit) as end:
        main()

    assert time.monotonic() - began < 2.5
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"langgraph-dba: no answer from 127.0.0.1, port {silent_port} within 1.5 s: check that ")
    assert (error.count("\n"), "secret" in error) == (1, False)


def test_the_limit_of_connecting_is_none_of_statements(mariadb: Engine) -> None:
    with mariadb.scratch() as scratch:
        with open_live(scratch.url("superuser"), trust_role=True, limits=Limits(time_s=1.2)) as live:
            live.limits = Limits(time_s=30)

            began = time.monotonic()

            live.read("SELECT count(*) FROM seq_1_to_8000 a, seq_1_to_8000 b")
    assert time.monotonic() - began > 1.2


def test_the_limit_of_time_holds_while_the_rights_are_read(postgresql: Engine) -> None:
    with postgresql.scratch() as scratch, scratch.connect("superuser") as administrator:
        with administrator.transaction():
            administrator.run("LOCK TABLE pg_catalog.pg_parameter_acl IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()

            with pytest.raises(OverLimit, match=r"while the rights of the login were read: over the limit of 1 s"):
                open_live(scratch.url("app"), limits=Limits(time_s=1))

    assert time.monotonic() - began < 2.5


@contextmanager
def silent_after_login(socket_path: str) -> Iterator[int]:
    """Yield the port of a proxy that passes the login on and nothing after it."""

    def pass_on(client: socket.socket, server: socket.socket) -> None:
        while b"Z\x00\x00\x00\x05I" not in (answer := server.recv(65536)):  # ready for queries
            client.sendall(answer)
            server.sendall(client.recv(65536))
        client.sendall(answer)

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX) as server,
        ThreadPoolExecutor(1) as thread,
    ):
        server.connect(socket_path)

        def serve() -> socket.socket:
            client = listener.accept()[0]
            server.sendall(client.recv(65536))
            pass_on(client, server)
            return client

        passing = thread.submit(serve)
        yield listener.getsockname()[1]
        passing.result().close()


def test_a_server_that_stops_answering_after_the_login_ends_at_the_limit(postgresql: Engine) -> None:
    with postgresql.scratch() as scratch:
        url = urlsplit(scratch.url("app"))
        folder, port = (parse_qs(url.query)[name][0] for name in ("host", "port"))
        with silent_after_login(f"{folder}/.s.PGSQL.{port}") as proxy_port:
            address = f"postgresql://{url.netloc}127.0.0.1:{proxy_port}{url.path}?sslmode=disable"
            began = time.monotonic()

            with pytest.raises(OverLimit, match=r"over the limit of 1 s"):
                open_live(address, limits=Limits(time_s=1))

    assert time.monotonic() - began < 5


def test_an_answer_is_seen_whether_it_comes_at_once_late_or_never() -> None:
    ours, theirs = socket.socketpair()

    def answer_late() -> None:
        time.sleep(0.05)
        theirs.sendall(b"x")

    with ours, theirs:
        waiting = select.poll()
        waiting.register(ours, select.POLLIN)
        assert not readable(waiting, 0.05)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(answer_late)
            assert readable(waiting)
        assert readable(waiting, 0)
