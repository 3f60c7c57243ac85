"""`langgraph-dba team check` and `team draw`, as a person or a script meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from langgraph_dba.cli.team import TeamReport, app
from langgraph_dba.extras import install_hint

RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two agents with one one-sided handoff and one dangling name."""
    (tmp_path / "a.md").write_text("---\nname: a\ncoordination:\n  hands_off_to: [b, gone]\n---\n")
    (tmp_path / "b.md").write_text("---\nname: b\n---\n")
    return tmp_path


def test_issues_are_lines_that_an_editor_can_follow(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder)])

    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[0].startswith(f"{folder / 'a.md'}:4: dangling-agent hands_off_to names 'gone'")
    assert lines[1].startswith(f"{folder / 'a.md'}:4: one-sided-handoff a hands off to b")
    assert lines[2:] == ["2 agents, 1 handoff edge, 0 parallel pairs: 0 errors, 2 warnings"]


def test_strict_counts_dangling_names_as_errors(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder), "--strict"])

    assert done.exit_code == 1
    assert done.stdout.endswith("1 error, 1 warning\n")


def test_strict_minds_warnings_too(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder), "--strict", "--external", "gone"])

    assert done.exit_code == 1
    assert done.stdout.endswith("0 errors, 1 warning\n")


def test_json_is_one_document_with_fixed_keys(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder), "--json"])

    document = json.loads(done.stdout)
    assert set(document) == {"definitions", "edges", "parallel", "issues"}
    assert [definition["name"] for definition in document["definitions"]] == ["a", "b"]
    assert document["edges"] == {"declared": [["a", "b"]], "union": [["a", "b"]], "agreed": []}
    assert document["parallel"] == {"either": [], "mutual": []}
    assert set(document["issues"][0]) == {"code", "severity", "file", "line", "message"}


def test_json_fits_its_schema(folder: Path) -> None:
    document = RUN.invoke(app, ["check", str(folder), "--json"]).stdout

    assert len(TeamReport.model_validate_json(document).issues) == 2
    assert set(TeamReport.model_json_schema()["properties"]) == set(json.loads(document))


def test_a_team_that_does_not_load_says_why_on_stderr(folder: Path) -> None:
    (folder / "b.md").write_bytes(b"\0")
    done = RUN.invoke(app, ["check", str(folder)])

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{folder / 'b.md'}: unreadable-file binary" in done.stderr


def test_a_team_that_does_not_load_is_still_one_document(folder: Path) -> None:
    (folder / "c.md").write_text("---\nname: a\n---\n")
    done = RUN.invoke(app, ["check", str(folder), "--json"])

    document = json.loads(done.stdout)
    assert done.exit_code == 2
    assert document["definitions"] == []
    assert [(issue["code"], issue["severity"], issue["line"]) for issue in document["issues"]] == [
        ("duplicate-name", "error", 2)
    ]


@pytest.mark.parametrize("command", ["check", "draw"])
def test_a_missing_folder_is_an_input_error(command: str, tmp_path: Path) -> None:
    done = RUN.invoke(app, [command, str(tmp_path / "nowhere")])

    assert done.exit_code == 2
    assert "no such file or folder" in done.stderr


def test_without_a_path_our_own_team_is_checked() -> None:
    done = RUN.invoke(app, ["check", "--strict"])

    assert (done.exit_code, done.stdout) == (0, "12 agents, 38 handoff edges, 7 parallel pairs: 0 errors, 0 warnings\n")


def test_draw_prints_mermaid() -> None:
    done = RUN.invoke(app, ["draw"])

    assert done.exit_code == 0
    assert done.stdout.startswith('flowchart LR\n    project_manager_1(["project-manager"]):::entry\n')
    assert done.stdout.count("-->") == 38
    assert done.stdout.count("-.- ") == 7


def test_draw_follows_the_reading_that_is_asked_for(folder: Path) -> None:
    assert "-->" in RUN.invoke(app, ["draw", str(folder), "--edges", "declared"]).stdout
    assert "-->" not in RUN.invoke(app, ["draw", str(folder), "--edges", "agreed"]).stdout
    assert "-.->" in RUN.invoke(app, ["draw", str(folder), "--returns"]).stdout


def test_a_mermaid_file_holds_what_is_printed(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["draw", "--out", str(tmp_path / "team.mmd")])

    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "team.mmd").read_text() == RUN.invoke(app, ["draw"]).stdout


@pytest.mark.parametrize(("suffix", "begins"), [(".svg", b"<svg"), (".png", b"\x89PNG")])
def test_pictures_are_rendered(tmp_path: Path, suffix: str, begins: bytes) -> None:
    pytest.importorskip("mmdr")
    out = tmp_path / f"team{suffix}"

    assert RUN.invoke(app, ["draw", "--out", str(out)]).exit_code == 0
    assert out.read_bytes().startswith(begins)


def test_every_agent_is_in_the_picture(tmp_path: Path) -> None:
    pytest.importorskip("mmdr")
    RUN.invoke(app, ["draw", "--out", str(tmp_path / "team.svg")])

    picture = (tmp_path / "team.svg").read_text()
    assert all(word in picture for word in ("project-manager", "database-specialist", "code-reviewer", "data-analyst"))


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mmdr", None)
    done = RUN.invoke(app, ["draw", "--out", str(tmp_path / "team.svg")])

    assert (done.exit_code, done.stderr) == (2, f"drawing SVG and PNG pictures needs mmdr: {install_hint('report')}\n")


@pytest.mark.parametrize("name", ["team.jpg", "nowhere/team.mmd"])
def test_a_file_that_cannot_be_drawn_is_an_input_error(tmp_path: Path, name: str) -> None:
    done = RUN.invoke(app, ["draw", "--out", str(tmp_path / name)])

    assert done.exit_code == 2
    assert name in done.stderr


def test_both_commands_run_without_langgraph() -> None:
    program = (
        "import sys; from langgraph_dba.cli.team import app; app(sys.argv[1:], standalone_mode=False); "
        "assert 'langgraph' not in sys.modules and 'langchain_core' not in sys.modules"
    )
    for command in ("check", "draw"):
        run = [sys.executable, "-c", program, command]
        done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
