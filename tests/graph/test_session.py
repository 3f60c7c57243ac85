import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langgraph_dba.agents import AgentDefinition, Coordination, Team
from langgraph_dba.database.requirements import Requirements
from langgraph_dba.errors import RequirementsError, SessionError
from langgraph_dba.graph.session.session_result import SessionResult
from langgraph_dba.graph.session.session_run import Event, arun_session, run_session, session_team
from langgraph_dba.graph.session.session_saver import session_saver

SHOP = "an online shop with customers, products, categories, orders and payments"
FLAWED = {
    "title": "Flawed",
    "entities": [
        {
            "name": "order",
            "attributes": [
                {"name": "price", "type": "float"},
                {"name": "placed_at", "type": "local-datetime"},
                {"name": "tags", "type": "string"},
                {"name": "phone1", "type": "phone", "personal": True},
                {"name": "phone2", "type": "phone", "personal": True, "required": False},
            ],
        },
        {"name": "customer", "attributes": [{"name": "name"}]},
    ],
    "relationships": [{"from": "order", "to": "customer", "indexed": False}],
}


EVENTS: list[Event] = []


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SessionResult:
    EVENTS.clear()
    out = tmp_path_factory.mktemp("shop") / "out"
    return run_session(SHOP, out=out, engines=("sqlite",), progress=EVENTS.append)


def test_each_agent_says_that_it_begins_and_what_it_does(shop: SessionResult) -> None:
    began = [event for event in EVENTS if event.kind == "began"]
    finished = [event.what for event in EVENTS if event.kind == "finished" and event.what != "report"]
    counted = {event.what: (event.detail["done"], event.detail["total"]) for event in began if "total" in event.detail}

    assert shop.status == "completed"
    assert list(dict.fromkeys(event.what for event in began)) == finished
    assert all(event.detail["doing"] for event in began)
    assert counted.keys() == {"database-specialist", "test-engineer", "backend-specialist"}
    assert all(done == total for done, total in counted.values())
    first = {event.what: EVENTS.index(event) for event in reversed(began)}
    ends = {event.what: EVENTS.index(event) for event in EVENTS if event.kind == "finished"}
    assert all(first[name] < ends[name] for name in finished)


def test_a_session_ends_with_everything_in_its_folder(shop: SessionResult) -> None:
    names = {str(path.relative_to(shop.out)) for path in shop.out.rglob("*") if path.is_file()}

    assert {
        "requirements.yaml", "schema.json", "schema.sqlite.sql", "schema.sqlite.down.sql", "er.mmd", "decision.md",
        "evidence.json", "session.json", "WORKLOG.md", "report.md", "review.md", "models/sqlite.py",
        "migrations/sqlite/versions/0001_initial.py", "tests/test_schema_sqlite.py",
    } <= names  # fmt: skip
    assert not [name for name in names if name.endswith(".part")]
    assert shop.exit_code == 0


def test_the_artifacts_are_the_files_of_the_folder(shop: SessionResult) -> None:
    files = {
        str(path.relative_to(shop.out)): path.read_bytes()
        for path in shop.out.rglob("*")
        if path.is_file() and ".session" not in path.parts
    }
    with session_saver(shop.out / ".session" / "checkpoints.sqlite") as saver:
        graph = session_team(engines=("sqlite",)).compile(checkpointer=saver)
        state = graph.get_state({"configurable": {"thread_id": "session"}})

    assert {name: text.encode() for name, text in shop.artifacts.items()} == files
    assert state.values["artifacts"] == shop.artifacts
    assert not state.tasks


def test_no_claim_is_refuted_and_each_that_was_not_run_has_a_reason(shop: SessionResult) -> None:
    evidence = json.loads((shop.out / "evidence.json").read_text())

    assert "refuted" not in {one["state"] for one in evidence}
    assert all(one["reason"] for one in evidence)
    assert {"tests-red-then-green", "models-equal-schema", "migration-equals-schema"} <= {e["proof"] for e in evidence}


def test_session_json_has_its_fixed_keys(shop: SessionResult) -> None:
    summary = json.loads((shop.out / "session.json").read_text())

    assert {"status", "schema", "evidence", "review", "handoffs", "decisions", "durations_s"} <= set(summary)
    assert set(summary["evidence"]) == {"supported", "refuted", "not_run"}
    assert set(summary["review"]) == {"score", "rounds"}
    assert all({"from", "to", "contract"} <= set(line) for line in summary["handoffs"])
    assert all({"topic", "option", "level", "nominal", "calibrated"} == set(one) for one in summary["decisions"])


def test_analysts_have_no_nominal_percentage(shop: SessionResult) -> None:
    assert {one["nominal"] for one in shop.summary["decisions"]} == {None}
    assert "n/a" in (shop.out / "decision.md").read_text()


def test_typed_handoffs_name_their_contracts(shop: SessionResult) -> None:
    contracts = {(line["to"], line["contract"]) for line in shop.summary["handoffs"] if line["contract"]}

    assert contracts == {
        ("test-engineer", "TestRequest"),
        ("backend-specialist", "SchemaPackage"),
        ("code-reviewer", "ReviewRequest"),
    }


def test_the_worklog_lists_all_handoffs(shop: SessionResult) -> None:
    text = (shop.out / "WORKLOG.md").read_text()

    assert "database-specialist" in text
    assert text.index("code-reviewer") < text.rindex("project-manager")


def test_flawed_requirements_are_reviewed_returned_fixed_and_reviewed_again(tmp_path: Path) -> None:
    result = run_session(Requirements.model_validate(FLAWED), out=tmp_path / "out", engines=("sqlite",))

    returned = [line for line in result.summary["handoffs"] if line["kind"] == "return"]
    assert [(line["from"], line["to"]) for line in returned] == [("code-reviewer", "database-specialist")]
    assert result.summary["review"]["rounds"] == 2
    assert result.summary["review"]["score"] >= 90
    assert "price REAL" not in (result.out / "schema.sqlite.sql").read_text()


def test_a_team_of_ones_own_needs_none_of_the_others(tmp_path: Path) -> None:
    chain = {"project-manager": "database-specialist", "database-specialist": "backend-specialist"}
    definitions = [
        AgentDefinition(name=name, coordination=Coordination(hands_off_to=(to,))) for name, to in chain.items()
    ]
    team = Team((*definitions, AgentDefinition(name="backend-specialist")))

    result = run_session("teams with players", out=tmp_path / "out", engines=("sqlite",), team=team)

    assert result.status == "completed"
    assert [(line["from"], line["to"]) for line in result.summary["handoffs"]] == list(chain.items())
    assert "models/sqlite.py" in result.artifacts


async def test_a_session_runs_beside_an_event_loop(tmp_path: Path) -> None:
    result = await arun_session(SHOP, out=tmp_path / "out", engines=("sqlite",))

    assert result.status == "completed"


@pytest.mark.parametrize(
    "request_",
    ["", "   ", "x" * 1_000_000, "Wir brauchen eine Datenbank für einen Laden mit Kunden und Bestellungen"],
    ids=["empty", "blank", "1 MB", "German"],
)
def test_an_unusable_request_is_an_error_and_no_file_is_written(tmp_path: Path, request_: str) -> None:
    with pytest.raises(RequirementsError):
        run_session(request_, out=tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(SessionError, match="not an empty folder"):
        run_session(SHOP, out=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_without_a_session_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="has no session to resume"):
        run_session(None, out=tmp_path, resume=True)


def _comparable(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key != "durations_s"}


def _start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "langgraph_dba", "session", SHOP, "--out", str(out), "--engine", "sqlite"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("schema.sqlite.sql", marks=pytest.mark.heavy),
        "tests/test_schema_sqlite.py",
        pytest.param("models/sqlite.py", marks=pytest.mark.heavy),
    ],
)
def test_a_killed_session_resumes_without_running_a_finished_agent_again(
    tmp_path: Path, shop: SessionResult, after: str
) -> None:
    """Kill the process when an agent's files exist: the other agents must run once, with the same result."""
    out = tmp_path / "out"
    process = _start(out)
    deadline = time.monotonic() + 120
    while not (out / after).exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (out / after).exists(), "the session ended before it could be killed"
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*.sql")}

    seen: list[str] = []
    resumed = run_session(
        None, out=out, resume=True, progress=lambda e: seen.append(e.what) if e.kind == "finished" else None
    )

    assert "project-manager" not in seen
    assert len(set(seen)) == len(seen)
    assert _comparable(resumed.summary) == _comparable(shop.summary)
    assert resumed.artifacts.keys() == shop.artifacts.keys()
    with_times = {"WORKLOG.md", "session.json"}
    assert {p: resumed.artifacts[p] for p in resumed.artifacts if p not in with_times} == {
        p: shop.artifacts[p] for p in shop.artifacts if p not in with_times
    }
    assert stamps.keys() <= set(out.rglob("*.sql"))


def test_a_finished_session_resumes_to_the_same_result(shop: SessionResult) -> None:
    again = run_session(None, out=shop.out, resume=True)

    assert _comparable(again.summary) == _comparable(shop.summary)


def test_two_processes_cannot_work_in_one_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = _start(out)
    while not (out / ".session" / "checkpoints.sqlite").exists() and process.poll() is None:
        time.sleep(0.01)

    with pytest.raises(SessionError, match="another process"):
        run_session(None, out=out, resume=True)

    process.kill()
    process.wait()


class _StoppedError(Exception):
    pass


def _stop_at(kind: str, what: str) -> Callable[[Event], None]:
    def stop(event: Event) -> None:
        if (event.kind, event.what) == (kind, what):
            raise _StoppedError

    return stop


def test_a_session_that_was_stopped_within_a_step_goes_on(shop: SessionResult, tmp_path: Path) -> None:
    """The agent had finished, and its step was not saved yet."""
    with pytest.raises(_StoppedError):
        run_session(SHOP, out=tmp_path / "o", engines=("sqlite",), progress=_stop_at("finished", "database-specialist"))

    resumed = run_session(None, out=tmp_path / "o", resume=True)

    assert (resumed.status, set(resumed.artifacts)) == (shop.status, set(shop.artifacts))


def test_an_error_of_progress_is_not_one_of_the_saved_state(tmp_path: Path) -> None:
    out = tmp_path / "o"
    with pytest.raises(_StoppedError):
        run_session(SHOP, out=out, engines=("sqlite",), progress=_stop_at("file", "schema.json"))

    with pytest.raises(_StoppedError):
        run_session(None, out=out, resume=True, progress=_stop_at("finished", "test-engineer"))
