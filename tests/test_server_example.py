"""The example for a LangGraph server, under `langgraph dev` and the SDK, without any network but loopback."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

EXAMPLE = Path(__file__).parent.parent / "examples" / "server"
COMMAND = Path(sys.executable).with_name("langgraph")
LONGEST_START_S = 60

# Runs in every Python process of the server: whoever looks beyond this machine is written down, and refused.
GUARD = """
import os, sys

def guard(event, arguments):
    asked = {"socket.connect": 1, "socket.getaddrinfo": 0}.get(event)
    if asked is None:
        return
    host = arguments[asked][0] if isinstance(arguments[asked], tuple) else arguments[asked]
    host = host.decode() if isinstance(host, bytes) else host
    if event == "socket.connect" and not isinstance(arguments[1], tuple):
        return
    if host not in (None, "", "0.0.0.0", "127.0.0.1", "::1", "localhost"):
        with open(os.environ["REACHED_FOR"], "a") as found:
            found.write(f"{event} {host}\\n")
        raise OSError("no network here")

sys.addaudithook(guard)
"""


@dataclass(frozen=True, slots=True)
class Server:
    client: SyncLangGraphClient
    folder: Path

    @property
    def reached_for(self) -> str:
        found = self.folder / "reached-for.txt"
        return found.read_text() if found.exists() else ""


@pytest.fixture(scope="module", autouse=True)
def direct() -> Iterator[None]:
    """Whatever proxy the machine uses, loopback is reached without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(EXAMPLE, folder / "app")
    (folder / "guard").mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    arguments = [str(COMMAND), "dev", "--no-browser", "--no-reload", "--port", str(port)]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            arguments, cwd=folder / "app", env=environment(folder), stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(url, process, folder / "log.txt")
        with get_sync_client(url=url) as client:
            yield Server(client, folder)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    path = os.pathsep.join([str(folder / "guard"), *filter(None, [kept.get("PYTHONPATH", "")])])
    added = {"PYTHONPATH": path, "LANGGRAPH_CLI_NO_ANALYTICS": "1", "REACHED_FOR": str(folder / "reached-for.txt")}
    return kept | added


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/ok", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(log.read_text()[-4000:])


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "app")

    done = subprocess.run(
        [COMMAND, "validate"],
        cwd=tmp_path / "app",
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid. (1 graph found)" in done.stdout


def test_a_thread_waits_for_a_person_refuses_a_bad_answer_goes_on_and_takes_a_second_request(server: Server) -> None:
    thread = server.client.threads.create()["thread_id"]

    def run(**asked: Any) -> dict[str, Any]:
        given: Any = server.client.runs.wait(thread, "crew", raise_error=False, **asked)
        return dict(given)

    (question,) = run(input={"request": "teams with players"})["__interrupt__"]
    assert question["value"]["schema"].startswith("Teams and players: 2 tables; claims: 10 supported")
    assert set(question["response_schema"]["properties"]) == {"go", "by"}

    assert run(command={"resume": {"go": "perhaps"}})["__error__"]["error"] == "ValidationError"
    waiting = server.client.threads.get_state(thread)
    assert (waiting["next"], waiting["interrupts"][0]["id"]) == (["release-manager"], question["id"])

    final = run(command={"resume": {question["id"]: {"go": True, "by": "the owner"}}})
    assert (final["status"], final["messages"][-1]["content"]) == ("completed", "Released by the owner.")
    assert {"schema.sqlite.sql", "RELEASE.md"} <= set(final["artifacts"])

    run(input={"request": "customers place orders"})
    second = run(command={"resume": {"go": False, "by": "the owner"}})
    assert (second["status"], second["messages"][-1]["content"]) == ("stopped", "Held back by the owner.")
    assert "RELEASE.md" not in second["artifacts"]
    assert "players" not in second["artifacts"]["schema.sqlite.sql"]


def test_the_engines_can_be_chosen_for_a_run(server: Server) -> None:
    config: Any = {"configurable": {"engines": ["oracle"]}}

    given: Any = server.client.runs.wait(None, "crew", input={"request": "x"}, config=config, raise_error=False)

    assert "__error__" in given  # whose text the server keeps to itself
    assert "there is no engine 'oracle'" in (server.folder / "log.txt").read_text()


def test_the_drawing_shows_the_specialist_from_within(server: Server) -> None:
    drawn = server.client.assistants.get_graph("crew", xray=True)

    assert "database-specialist:consensus:gemini" in {node["id"] for node in drawn["nodes"]}


def test_the_server_reached_for_nothing_beyond_this_machine(server: Server) -> None:
    assert server.reached_for == ""
