"""Settings in `pyproject.toml`, flags, and inline comments."""

from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_dba.errors import InputError
from langgraph_dba.findings import FileLocation, Finding
from langgraph_dba.findings.settings import Settings, load_settings, select_findings
from langgraph_dba.findings.source import SourceFiles

RULES = ("dangling-agent", "name-mismatch", "unknown-tool")
Write = Callable[[str], Path]


def known() -> tuple[str, ...]:
    return RULES


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a `pyproject.toml` with these settings, and return its folder."""

    def write_settings(text: str) -> Path:
        (tmp_path / "pyproject.toml").write_text(f"[project]\nname = 'x'\n\n{text}", encoding="utf-8")
        return tmp_path

    return write_settings


def finding(rule: str, file: str = "", line: int = 0) -> Finding:
    return Finding(rule=rule, severity="minor", location=FileLocation(file=file, line=line), message="m")


def reported(settings: Settings, file: str = "") -> list[str]:
    return [rule for rule in RULES if settings.allows(finding(rule, file))]


def test_without_settings_everything_is_reported(tmp_path: Path) -> None:
    assert reported(load_settings(tmp_path, known)) == list(RULES)


def test_select_and_ignore(write: Write) -> None:
    folder = write("[tool.langgraph-dba]\nselect = ['dangling-agent', 'unknown-tool']\nignore = ['unknown-tool']")

    assert reported(load_settings(folder, known)) == ["dangling-agent"]


def test_rules_are_ignored_for_files_by_pattern(write: Write) -> None:
    folder = write("[tool.langgraph-dba.per-file-ignores]\n'drafts/*' = ['unknown-tool']\n'a.md' = ['name-mismatch']")
    settings = load_settings(folder, known)

    assert reported(settings, str(folder / "drafts" / "deep" / "b.md")) == ["dangling-agent", "name-mismatch"]
    assert reported(settings, str(folder / "team" / "a.md")) == ["dangling-agent", "unknown-tool"]
    assert reported(settings, str(folder / "b.md")) == list(RULES)


def test_settings_are_searched_upwards(write: Write) -> None:
    folder = write("[tool.langgraph-dba]\nignore = ['unknown-tool']") / "team" / "agents"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")

    assert "unknown-tool" not in reported(load_settings(folder, known))


def test_the_nearest_settings_count(write: Write) -> None:
    folder = write("[tool.langgraph-dba]\nignore = ['unknown-tool']") / "agents"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.langgraph-dba]\nignore = ['name-mismatch']\n", encoding="utf-8")

    assert reported(load_settings(folder, known)) == ["dangling-agent", "unknown-tool"]


def test_every_problem_is_reported_with_its_line(write: Write) -> None:
    folder = write(
        "[tool.langgraph-dba]\nselct = []\nselect = ['unknown-tol']\nignore = 'name-mismatch'\n"
        "per-file-ignores = {'a.md' = [1], 'b.md' = ['nonsense']}\n"
    )

    with pytest.raises(InputError) as caught:
        load_settings(folder, known)

    path = folder / "pyproject.toml"
    assert str(caught.value).splitlines() == [
        f"{path}:5: [tool.langgraph-dba] has no key 'selct': did you mean 'select'?",
        f"{path}:6: select: there is no rule 'unknown-tol': did you mean 'unknown-tool'?",
        f"{path}:7: ignore must be a list of rule names",
        f"{path}:8: a.md must be a list of rule names",
        f"{path}:8: b.md: there is no rule 'nonsense': there is dangling-agent, name-mismatch, unknown-tool",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool]\nlanggraph-dba = 3", "must be a table"),
        ("[tool.langgraph-dba]\nper-file-ignores = 3", "must map patterns to lists of rules"),
        ("[tool.langgraph-dba", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_input_error(write: Write, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_settings(write(text), known)


def test_select_flags_replace_and_ignore_flags_add() -> None:
    settings = Settings(select=frozenset({"name-mismatch"}), ignore=frozenset({"unknown-tool"}))

    assert reported(settings.with_flags((), (), known)) == ["name-mismatch"]
    assert reported(settings.with_flags(("dangling-agent", "unknown-tool"), (), known)) == ["dangling-agent"]
    assert reported(settings.with_flags((), ("name-mismatch",), known)) == []


def test_unknown_rules_in_flags_are_reported_together() -> None:
    with pytest.raises(InputError) as caught:
        Settings().with_flags(["danglin-agent"], ["nonsense"], known)

    assert str(caught.value).splitlines() == [
        "--select: there is no rule 'danglin-agent': did you mean 'dangling-agent'?",
        "--ignore: there is no rule 'nonsense': there is dangling-agent, name-mismatch, unknown-tool",
    ]


def test_rules_are_listed_only_for_settings_with_names(tmp_path: Path) -> None:
    def fail() -> tuple[str, ...]:
        raise AssertionError("rules must not be listed")

    assert load_settings(tmp_path, fail).with_flags((), (), fail) == Settings()


@pytest.mark.parametrize(
    ("line", "suppressed"),
    [
        ("  hands_off_to: [gone]  # noqa: dangling-agent", True),
        ("  hands_off_to: [gone]  # noqa: name-mismatch, dangling-agent", True),
        ("  hands_off_to: [gone]  # noqa", True),
        ("# noqa:dangling-agent", True),
        ("Call it. <!-- noqa: dangling-agent --> Then stop.", True),
        ("Call it. <!-- noqa -->", True),
        ("  hands_off_to: [gone]  # noqa: name-mismatch", False),
        ("  hands_off_to: [gone]  # noqa: dangling", False),
        ("  hands_off_to: [gone]  # noqa because it is mine", False),
        ("  hands_off_to: [gone#noqa]", False),
        ("Call it. <!-- noqa: name-mismatch --> and <!-- noqa: dangling-agent -->", True),
        ("  hands_off_to: [gone]", False),
    ],
)
def test_comments_suppress_rules_on_their_line(tmp_path: Path, line: str, suppressed: bool) -> None:  # noqa: FBT001
    file = tmp_path / "a.md"
    file.write_text(f"---\n{line}\n---\n", encoding="utf-8")
    same, next_line = finding("dangling-agent", str(file), 2), finding("dangling-agent", str(file), 3)

    selection = select_findings([same, next_line], Settings(), SourceFiles())

    assert selection.findings == ((next_line,) if suppressed else (same, next_line))
    assert selection.suppressed == suppressed


def test_a_finding_in_a_missing_file_is_reported() -> None:
    lost = (finding("unknown-tool", "no/such/file.md", 3), finding("unknown-tool"))

    assert select_findings(lost, Settings(), SourceFiles()).findings == lost
