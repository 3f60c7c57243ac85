"""The commands `session`, `prove`, `proofs list` and `doctor`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import run

CLINIC = "a clinic with patients, doctors, appointments and prescriptions, several clinics share one system"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a session on every engine."""
    out = tmp_path_factory.mktemp("clinic") / "dba-out"
    with pytest.MonkeyPatch.context() as patch:
        assert run(patch, "session", CLINIC, "--out", str(out)) == 0
    return out


def test_a_session_ends_with_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(
        monkeypatch, "session", "a shop with customers and orders", "--out", str(tmp_path / "o"), "--engine", "sqlite"
    )

    answers = capsys.readouterr()
    titles = [line.split()[0] for line in answers.out.splitlines()]
    assert code == 0
    assert titles == [
        "Session",
        "Request",
        "Tables",
        "Decided",
        "Supported",
        "Refuted",
        "Not",
        "Review",
        "Assumed",
        "Empty",
        "Next",
    ]
    assert "database-specialist" in answers.err


@pytest.mark.slow
def test_a_session_without_a_usable_engine_is_unproved(tmp_path: Path) -> None:
    """In a process of its own: this one shares a running server."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "langgraph_dba", "session", "a shop with customers", "--engine", "postgresql"]
    environment = {**os.environ, "LANGGRAPH_DBA_POSTGRES": str(tmp_path / "nowhere")}
    environment.pop("LANGGRAPH_DBA_POSTGRES_URL", None)

    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, env=environment, check=False)

    summary = json.loads((out / "session.json").read_text())
    assert done.returncode == 1
    assert "unproved: no claim is supported on any engine" in done.stdout
    assert (summary["status"], summary["evidence"]["supported"]) == ("unproved", 0)
    assert summary["review"]["score"] < 90


def test_prove_without_a_usable_engine_ends_with_one(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Row-level security is not available there: nothing is supported."""
    code = run(monkeypatch, "prove", str(clinic), "--claim", "tenant-isolation", "--engine", "sqlite")

    assert code == 1
    assert "not run" in capsys.readouterr().out


def test_json_is_one_document_on_stdout(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(monkeypatch, "session", "--resume", str(clinic), "--json")

    printed = json.loads(capsys.readouterr().out)
    assert code == 0
    assert printed == json.loads((clinic / "session.json").read_text())
    assert printed["evidence"]["refuted"] == 0


def test_a_requirements_file_is_taken_and_edited_again(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = tmp_path / "requirements.yaml"
    text = (clinic / "requirements.yaml").read_text()
    edited.write_text(
        text.replace("  - name: patient\n", "  - name: ward\n    attributes: [{name: name}]\n  - name: patient\n", 1)
    )

    code = run(
        monkeypatch, "session", "--requirements", str(edited), "--out", str(tmp_path / "o"), "--engine", "sqlite"
    )

    assert code == 0
    assert "CREATE TABLE wards" in (tmp_path / "o" / "schema.sqlite.sql").read_text()


POOR = {
    "empty": (["session", ""], "empty"),
    "1 MB": (["session", "order " * 170_000], "20,000"),
    "another language": (["session", "Ich brauche eine Datenbank für Kunden, Bestellungen und Rechnungen"], "English"),
    "nothing asked": (["session"], "exactly one of"),
    "two ways": (["session", "a shop", "--requirements", "r.yaml"], "exactly one of"),
    "no such file": (["session", "--requirements", "nowhere.yaml"], "nowhere.yaml"),
    "unknown engine": (["session", "a shop with orders", "--engine", "oracle"], "there is no engine 'oracle'"),
    "nothing to resume": (["session", "--resume", "nowhere"], "has no session"),
    "out and resume": (["session", "--resume", "x", "--out", "y"], "leave out --out"),
    "no folder to prove": (["prove", "nowhere"], "nowhere"),
    "a missing team": (["team", "check", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("case", POOR)
def test_poor_input_is_one_message_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    arguments, word = POOR[case]
    monkeypatch.chdir(tmp_path)

    code = run(monkeypatch, *arguments)

    answers = capsys.readouterr()
    assert code == 2
    assert word in answers.err
    assert "Traceback" not in answers.err
    assert list(tmp_path.iterdir()) == []


def test_every_error_in_a_requirements_file_is_reported_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "requirements.yaml"
    file.write_text(
        "title: T\nentities:\n  - name: order\n    attributes:\n      - {name: price, type: mony}\n"
        "relationships:\n  - {from: order, to: custmer}\n"
    )

    code = run(monkeypatch, "session", "--requirements", str(file), "--out", str(tmp_path / "o"))

    answers = capsys.readouterr().err
    assert code == 2
    assert "requirements.yaml:5:" in answers
    assert not (tmp_path / "o").exists()


def test_a_binary_team_file_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "agent.md").write_bytes(b"---\nname: a\x00\xff\n---\n")

    assert run(monkeypatch, "team", "check", str(tmp_path)) == 2
    assert "unreadable-file" in capsys.readouterr().err


def test_a_folder_that_holds_something_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    assert run(monkeypatch, "session", "a shop with orders", "--out", str(tmp_path)) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_prove_runs_from_the_folder_alone(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in clinic.glob("schema*"):
        (tmp_path / path.name).write_text(path.read_text())

    code = run(monkeypatch, "prove", str(tmp_path), "--claim", "tenant-isolation", "--claim", "relationships", "--json")

    states = {(one["proof"], one["engine"]): one["state"] for one in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert states == {
        ("relationships", "sqlite"): "supported",
        ("relationships", "postgresql"): "supported",
        ("tenant-isolation", "sqlite"): "not run",
        ("tenant-isolation", "postgresql"): "supported",
    }


def test_a_claim_that_an_edit_takes_its_proof_ends_with_one(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (*clinic.glob("schema*"), clinic / "evidence.json"):
        (tmp_path / path.name).write_text(path.read_text())
    statements = tmp_path / "schema.postgresql.sql"
    opened = r"\1length(clinic_id::text) > 99 OR "  # true for no row
    text, count = re.subn(
        r"(CREATE POLICY patients_tenant.*?USING \()", opened, statements.read_text(), flags=re.DOTALL
    )
    assert count == 1
    statements.write_text(text)

    code = run(monkeypatch, "prove", str(tmp_path), "--claim", "tenant-isolation", "--claim", "relationships")

    answers = capsys.readouterr()
    assert code == 1
    assert "supported  relationships on postgresql" in answers.out
    assert "tenant-isolation on postgresql was supported" in answers.err


def test_prove_shows_the_leaking_row_when_a_policy_is_deleted(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in clinic.glob("schema*"):
        (tmp_path / path.name).write_text(path.read_text())
    statements = tmp_path / "schema.postgresql.sql"
    broken = re.sub(r"CREATE POLICY patients_tenant.*?;", "", statements.read_text(), flags=re.DOTALL)
    statements.write_text(broken)

    code = run(monkeypatch, "prove", str(tmp_path))

    answers = capsys.readouterr().out
    assert code == 1
    assert re.search(
        r"refuted +tenant-isolation on postgresql: app_user, as tenant 1, reads a row of another tenant", answers
    )
    assert "clinic_id=2" in answers
    assert "refuted    catalogue-as-declared on postgresql: policy patients_tenant of patients is missing" in answers
    assert answers.count("refuted") == 2


def test_an_unknown_claim_is_reported(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "prove", str(clinic), "--claim", "nothing") == 2
    assert "choose from catalogue-as-declared" in capsys.readouterr().err


def test_proofs_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "proofs", "list", "--json") == 0

    listed = json.loads(capsys.readouterr().out)
    assert {"name", "claim", "engines", "capability", "defects"} == set(listed[0])
    assert next(one for one in listed if one["name"] == "tenant-isolation")["engines"] == ["postgresql"]


def test_doctor_lists_the_usable_engines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(monkeypatch, "doctor", "--json")

    engines = json.loads(capsys.readouterr().out)["engines"]
    assert {one["name"] for one in engines} == {"sqlite", "postgresql", "mariadb"}
    assert code == int(not all(one["usable"] for one in engines if one["name"] != "mariadb"))


@pytest.mark.parametrize(
    "command", [[], ["session"], ["prove"], ["proofs"], ["doctor"], ["team"], ["team", "check"], ["team", "draw"]]
)
def test_every_command_has_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run(monkeypatch, *command, "--help") == 0
    assert "Usage" in capsys.readouterr().out
