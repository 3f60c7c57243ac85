"""The commands `team check` and `team draw`."""

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


def test_text_shows_the_source_with_carets(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder), "--format", "text"])

    assert done.stdout.splitlines()[1:3] == [
        "    4 |   hands_off_to: [b, gone]",
        "      |                     ^^^^",
    ]
    assert done.stdout.endswith("0 errors, 2 warnings\n")


def test_text_shows_the_source_of_errors_too(folder: Path) -> None:
    (folder / "c.md").write_text("---\nname: a\n---\n")
    done = RUN.invoke(app, ["check", str(folder), "--format", "text"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[1:] == ["    2 | name: a", "      |       ^"]


def test_json_is_a_format_too(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder), "--format", "json"])

    assert done.stdout == RUN.invoke(app, ["check", str(folder), "--json"]).stdout


def test_sarif_holds_the_findings_and_the_rules(folder: Path) -> None:
    (run,) = json.loads(RUN.invoke(app, ["check", str(folder), "--format", "sarif"]).stdout)["runs"]

    assert [result["ruleId"] for result in run["results"]] == ["dangling-agent", "one-sided-handoff"]
    assert {"dangling-agent", "unreadable-file"} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_github_gets_annotations_and_nothing_else(folder: Path) -> None:
    done = RUN.invoke(app, ["check", str(folder), "--format", "github"])
    ours = RUN.invoke(app, ["check", "--format", "github"])

    prefix = f"::warning file={folder / 'a.md'},line=4,col="
    assert [line.startswith(prefix) for line in done.stdout.splitlines()] == [True, True]
    assert (ours.exit_code, ours.stdout) == (0, "")


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_a_team_that_does_not_load_is_reported_in_the_format(folder: Path, form: str) -> None:
    (folder / "b.md").write_bytes(b"\0")
    done = RUN.invoke(app, ["check", str(folder), "--format", form])

    assert done.exit_code == 2
    assert "unreadable-file" in done.stdout


def test_rules_are_selected_and_ignored_by_flags(folder: Path) -> None:
    selected = RUN.invoke(app, ["check", str(folder), "--select", "dangling-agent"])
    ignored = RUN.invoke(app, ["check", str(folder), "--ignore", "dangling-agent", "--ignore", "one-sided-handoff"])

    assert ["dangling-agent" in line for line in selected.stdout.splitlines()] == [True, False]
    assert selected.stdout.endswith("0 errors, 1 warning (1 suppressed)\n")
    assert ignored.stdout == "2 agents, 1 handoff edge, 0 parallel pairs: 0 errors, 0 warnings (2 suppressed)\n"


def test_settings_come_from_above_the_checked_folder(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.langgraph-dba]\nignore = ['dangling-agent', 'money-as-float']\n")
    agents = folder / "agents"
    agents.mkdir()
    (folder / "a.md").rename(agents / "a.md")

    for path in (agents, agents / "a.md"):
        done = RUN.invoke(app, ["check", str(path), "--strict"])
        assert (done.exit_code, done.stdout) == (
            0,
            "1 agent, 0 handoff edges, 0 parallel pairs: 0 errors, 0 warnings (2 suppressed)\n",
        )


def test_a_misspelt_rule_is_an_input_error_with_a_suggestion(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.langgraph-dba]\nignore = ['money-as-flaot']\n")

    flag = RUN.invoke(app, ["check", "--select", "danglin-agent"])
    file = RUN.invoke(app, ["check", str(folder)])

    assert (flag.exit_code, file.exit_code) == (2, 2)
    assert flag.stderr == "--select: there is no rule 'danglin-agent': did you mean 'dangling-agent'?\n"
    assert "pyproject.toml:2: ignore: there is no rule 'money-as-flaot': did you mean 'money-as-float'?" in file.stderr


def test_comments_suppress_findings_on_their_line(folder: Path) -> None:
    (folder / "a.md").write_text(
        "---\nname: a\ntools: [mcp__s__run-it]\ncoordination:\n  hands_off_to: [b, gone]  # noqa: dangling-agent\n---\n"
        "Call mcp__s__run_it. <!-- noqa: unknown-tool -->\n"
    )
    done = RUN.invoke(app, ["check", str(folder)])

    assert [line.split()[1] for line in done.stdout.splitlines()[:-1]] == ["one-sided-handoff"]
    assert done.stdout.endswith("0 errors, 1 warning (2 suppressed)\n")


def test_the_errors_of_a_team_that_does_not_load_are_on_stderr(folder: Path) -> None:
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


def test_draw_uses_the_edge_mode(folder: Path) -> None:
    assert "-->" in RUN.invoke(app, ["draw", str(folder), "--edges", "declared"]).stdout
    assert "-->" not in RUN.invoke(app, ["draw", str(folder), "--edges", "agreed"]).stdout
    assert "-.->" in RUN.invoke(app, ["draw", str(folder), "--returns"]).stdout


def test_a_mermaid_file_has_the_printed_text(tmp_path: Path) -> None:
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


def test_without_the_extra_one_line_names_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
