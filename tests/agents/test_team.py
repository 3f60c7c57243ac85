"""Load a folder of agent files as a team, or report all of its problems."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_dba.agents.team.agent_team import Team, load_team
from langgraph_dba.agents.team.definition import AgentDefinition, Coordination
from langgraph_dba.agents.team.edges import reachable
from langgraph_dba.agents.team.lint import Roster, lint
from langgraph_dba.errors import TeamError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write agent files: `write(a="coordination: …")` writes a.md with that text after its name."""

    def written(files: Mapping[str, str] | None = None, **heads: str) -> Path:
        for name, head in heads.items():
            (tmp_path / f"{name}.md").write_text(f"---\nname: {name}\n{head}\n---\nbody\n", encoding="utf-8")
        for name, text in (files or {}).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return written


def said(folder: Path, **options: object) -> list[tuple[str, str, int]]:
    """Return the issues of a team that loads: code, file and line."""
    issues = load_team(folder, **options).issues  # type: ignore[arg-type]
    assert all(issue.level == "warning" for issue in issues)
    return [(issue.rule, Path(issue.file).name, issue.line) for issue in issues]


def refused(folder: Path, **options: object) -> list[tuple[str, str, int]]:
    """Return the errors of a team that does not load."""
    with pytest.raises(TeamError) as caught:
        load_team(folder, **options)  # type: ignore[arg-type]
    return [(problem.rule, Path(problem.file).name, problem.line) for problem in caught.value.problems]


def coordination(**lists: list[str]) -> str:
    return "coordination:\n" + "\n".join(f"  {key}: [{', '.join(names)}]" for key, names in lists.items())


AGREEING = {
    "a": coordination(hands_off_to=["b"], parallel_with=["c"]),
    "b": coordination(receives_from=["a"], hands_off_to=["c"]),
    "c": coordination(receives_from=["b"], parallel_with=["a"]),
}


def test_a_team_that_agrees_with_itself_has_no_issues(write: Write) -> None:
    team = load_team(write(**AGREEING))

    assert (team.names, team.issues) == (("a", "b", "c"), ())
    assert team.edges("union") == team.edges("declared") == team.edges("agreed") == (("a", "b"), ("b", "c"))
    assert team.parallel("either") == team.parallel("mutual") == (("a", "c"),)
    assert team.get("b").coordination.hands_off_to == ("c",)


def test_an_absent_name_is_a_key_error(write: Write) -> None:
    with pytest.raises(KeyError):
        load_team(write(a="")).get("b")


def test_edges_need_one_word_or_both(write: Write) -> None:
    folder = write(
        a=coordination(hands_off_to=["c", "b"]),
        b=coordination(receives_from=["c"]),
        c=coordination(receives_from=["a"]),
    )
    team = load_team(folder)

    assert team.edges("declared") == (("a", "c"), ("a", "b"))
    assert team.edges("agreed") == (("a", "c"),)
    assert team.edges() == (("a", "c"), ("a", "b"), ("c", "b"))


@pytest.mark.parametrize("ask", [Team.edges, Team.parallel])
def test_an_unknown_mode_is_refused(write: Write, ask: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="not a mode"):
        ask(load_team(write(a="")), "some")


def test_one_sided_lists_are_reported_once_at_the_line_of_the_entry(write: Write) -> None:
    folder = write(
        a=coordination(hands_off_to=["b"], parallel_with=["b"]),
        b=coordination(receives_from=["c"]),
        c="",
    )

    assert said(folder) == [
        ("one-sided-handoff", "a.md", 4),
        ("one-sided-parallel", "a.md", 5),
        ("one-sided-handoff", "b.md", 4),
    ]
    messages = [issue.text for issue in load_team(folder).issues]
    assert "add a to its receives_from" in messages[0]
    assert "add b to its hands_off_to" in messages[2]


def test_dangling_names_are_warnings_with_a_hint_and_make_no_edges(write: Write) -> None:
    folder = write(alpha=coordination(hands_off_to=["betta"], receives_from=["x"], parallel_with=["y"]), beta="")
    team = load_team(folder)

    assert said(folder) == [("dangling-agent", "alpha.md", line) for line in (4, 5, 6)]
    assert "did you mean 'beta'" in team.issues[0].text
    assert (team.edges(), team.parallel()) == ((), ())


def test_strict_refuses_dangling_names_except_external_ones(write: Write) -> None:
    folder = write(a=coordination(hands_off_to=["b"], parallel_with=["c"]))

    assert refused(folder, strict=True) == [("dangling-agent", "a.md", 4), ("dangling-agent", "a.md", 5)]
    assert refused(folder, strict=True, external=["b"]) == [("dangling-agent", "a.md", 5)]
    assert said(folder, strict=True, external=["b", "c"]) == []


def test_a_duplicate_entry_is_reported_and_has_no_effect(write: Write) -> None:
    folder = write(a="coordination:\n  hands_off_to:\n    - b\n    - b", b=coordination(receives_from=["a"]))

    assert said(folder) == [("duplicate-entry", "a.md", 6)]
    assert load_team(folder).edges() == (("a", "b"),)


def test_cycles_and_edges_that_are_also_parallel_are_normal(write: Write) -> None:
    both = {"hands_off_to": ["b", "a"], "receives_from": ["b", "a"], "parallel_with": ["b"]}
    folder = write(a=coordination(**both), b=coordination(hands_off_to=["a"], receives_from=["a"], parallel_with=["a"]))

    assert said(folder) == []
    assert load_team(folder).edges() == (("a", "b"), ("a", "a"), ("b", "a"))


def test_unreachable_agents_are_reported(write: Write) -> None:
    folder = write(
        **{"project-manager": coordination(hands_off_to=["a"])},
        a=coordination(receives_from=["project-manager"]),
        b="",
    )

    assert said(folder) == [("unreachable-agent", "b.md", 2)]


def test_without_an_entry_no_agent_is_unreachable(write: Write) -> None:
    folder = write(a="", b="")

    assert said(folder) == []
    with pytest.raises(TeamError, match="several have no sender \\(a, b\\)"):
        load_team(folder).entry()


def test_the_entry_is_the_named_one_or_the_manager_or_the_only_source(write: Write) -> None:
    team = load_team(write(**AGREEING))

    assert team.entry("c") == "c"
    assert team.entry() == "a"
    with pytest.raises(TeamError, match="undefined-entry the entry 'z' is not in the team: choose one of a, b, c"):
        team.entry("z")


def test_project_manager_is_the_entry_even_if_others_have_no_sender(write: Write) -> None:
    assert load_team(write(**{"project-manager": ""}, a="")).entry() == "project-manager"


def test_a_cycle_has_no_default_entry(write: Write) -> None:
    ring = {"a": coordination(hands_off_to=["b"], receives_from=["b"])}
    team = load_team(write(**ring, b=coordination(hands_off_to=["a"], receives_from=["a"])))

    with pytest.raises(TeamError, match="each has a sender: set `entry`"):
        team.entry()


@pytest.mark.parametrize(
    "model",
    ["sonnet", "opus[1m]", "inherit", "claude-sonnet-4-5", "claude-3-5-haiku-latest", "gemini-2.5-pro", "gpt-5.2",
     "anthropic:claude-sonnet-4-5", "us.anthropic.claude-opus-4-1-v1:0", "openrouter/some/model", "o3-mini"],
)  # fmt: skip
def test_models_with_a_known_name_pass(write: Write, model: str) -> None:
    assert said(write(a=f"model: {model}")) == []


@pytest.mark.parametrize("model", ["sonet", "Claude 4", "fast", "gpt"])
def test_unknown_models_are_reported(write: Write, model: str) -> None:
    assert said(write(a=f"model: {model}")) == [("unknown-model", "a.md", 3)]


def test_tools_are_known_by_their_names(write: Write) -> None:
    folder = write(
        a="tools: Read, Bash(npm test:*, git diff), Task(b), mcp__docs__get-page, mcp__gemini-cli, mcp__x__*",
        b="tools: Raed, mcp__, read_file, Bash(a, Write\ndisallowedTools: Rite",
    )

    assert said(folder) == [("unknown-tool", "b.md", 3)] * 4 + [("unknown-tool", "b.md", 4)]
    assert "did you mean 'Read'" in load_team(folder).issues[0].text


def test_a_tool_with_another_spelling_in_the_text_is_reported_once(write: Write) -> None:
    head = "---\nname: a\ntools: mcp__gemini-cli__prompt, mcp__docs__find\n---\n\nCall mcp__docs__find.\n"
    folder = write({"a.md": f"{head}Call mcp__gemini_cli__prompt,\nthen mcp__gemini_cli__prompt.\n"})

    assert said(folder) == [("unknown-tool", "a.md", 7)]


def test_a_name_that_differs_from_its_file_is_reported(write: Write) -> None:
    assert said(write({"b.md": "---\nname: a\n---\n"})) == [("name-mismatch", "b.md", 2)]


def test_all_errors_come_together(write: Write) -> None:
    folder = write(
        {"c.md": "---\nname: a\n---\n", "d.md": "# no head\n", "e.md": "---\nname: e\ncoordination: no\n---\n"},
        a=coordination(hands_off_to=["d", "nobody"]),
    )
    (folder / "b.md").write_bytes(b"---\nname: b\n---\n\0\1\2")

    assert refused(folder, strict=True) == [
        ("dangling-agent", "a.md", 4),
        ("unreadable-file", "b.md", 0),
        ("duplicate-name", "c.md", 2),
        ("no-name", "d.md", 1),
        ("coordination-type", "e.md", 3),
    ]


def test_a_repair_does_not_drop_the_agent(write: Write) -> None:
    folder = write(
        a="description: this: that\n" + coordination(parallel_with=["b"]), b=coordination(parallel_with=["a"])
    )

    assert said(folder) == [("repaired-front-matter", "a.md", 3)]
    assert load_team(folder).parallel("mutual") == (("a", "b"),)


def test_documents_beside_agents_are_passed_over(write: Write) -> None:
    folder = write({"README.md": "# About\n", "CLAUDE.md": "Be kind.\n", ".hidden.md": "x", "notes.txt": "x"}, a="")
    (folder / "folder.md").mkdir()

    assert load_team(folder).names == ("a",)


def test_an_agent_may_be_called_readme(write: Write) -> None:
    assert load_team(write(**{"readme-writer": ""})).names == ("readme-writer",)


def test_a_project_folder_leads_to_its_agents(tmp_path: Path) -> None:
    agents = tmp_path / ".claude" / "agents"
    agents.mkdir(parents=True)
    (agents / "a.md").write_text("---\nname: a\n---\n")
    (tmp_path / "other.md").write_text("no agent")

    assert load_team(tmp_path).names == ("a",)


def test_one_file_is_a_team_of_one(write: Write) -> None:
    assert load_team(str(write(a="", b="") / "a.md")).names == ("a",)


@pytest.mark.parametrize("documents", [[], ["README.md"]])
def test_a_folder_without_agents_is_refused(tmp_path: Path, documents: list[str]) -> None:
    for name in documents:
        (tmp_path / name).write_text("# About\n")

    assert refused(tmp_path) == [("empty-team", tmp_path.name, 0)]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere") == [("missing-team", "nowhere", 0)]


def test_broken_links_and_pipes_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "b.md")

    assert refused(tmp_path) == [("unreadable-file", "a.md", 0), ("unreadable-file", "b.md", 0)]


def test_mermaid_tells_entry_gates_and_kinds_of_lines_apart(write: Write) -> None:
    team = load_team(write(**AGREEING))

    assert team.to_mermaid(gates=("c",), returns=True).splitlines()[:8] == [
        "flowchart LR",
        '    a_1(["a"]):::entry',
        '    b_2["b"]:::agent',
        '    c_3{{"c"}}:::gate',
        "    a_1 --> b_2",
        "    b_2 --> c_3",
        "    a_1 -.- c_3",
        "    b_2 -.-> a_1",
    ]
    assert "-.->" not in team.to_mermaid()


def test_an_agent_outside_the_team_is_drawn_apart(write: Write) -> None:
    team = load_team(write(a=coordination(hands_off_to=["billing"])), external=("billing", "nobody lists me"))

    drawn = team.to_mermaid(returns=True)

    assert '    billing_2("billing"):::outside\n' in drawn
    assert "    a_1 --> billing_2\n" in drawn
    assert "nobody" not in drawn
    assert "-.->" not in drawn


def test_a_way_that_is_declared_has_no_second_arrow_back(write: Write) -> None:
    ring = {"a": coordination(hands_off_to=["b"], receives_from=["b"])}
    team = load_team(write(**ring, b=coordination(hands_off_to=["a"], receives_from=["a"])))

    assert "-.->" not in team.to_mermaid(returns=True)


def test_names_that_are_words_of_mermaid_or_look_alike_stay_apart(write: Write) -> None:
    drawn = load_team(write(**{"end": "", "a-b": "", "a_b": ""})).to_mermaid()

    assert 'a_b_1["a-b"]' in drawn
    assert 'a_b_2["a_b"]' in drawn
    assert 'end_3["end"]' in drawn


NAMES = st.sampled_from(["a", "b", "c", "d", "gone"])
LISTS = st.lists(NAMES, max_size=5)
COORDINATIONS = st.builds(Coordination, hands_off_to=LISTS, receives_from=LISTS, parallel_with=LISTS)
TEAMS = st.lists(COORDINATIONS, min_size=4, max_size=4).map(
    lambda four: Team(tuple(AgentDefinition(name=n, coordination=c) for n, c in zip("abcd", four, strict=True)))
)


@settings(deadline=None)
@given(TEAMS)
def test_agreed_is_within_declared_is_within_union(team: Team) -> None:
    agreed, declared, union = (team.edges(mode) for mode in ("agreed", "declared", "union"))

    assert set(agreed) <= set(declared) <= set(union)
    assert all(len(set(edges)) == len(edges) for edges in (agreed, declared, union))
    assert {name for edge in union for name in edge} <= set(team.names)
    assert [edge[0] for edge in union] == sorted(edge[0] for edge in union)


@settings(deadline=None)
@given(TEAMS)
def test_each_one_sided_edge_is_reported_once(team: Team) -> None:
    codes = [issue.rule for issue in lint(Roster(team.definitions))]

    assert codes.count("one-sided-handoff") == len(team.edges("union")) - len(team.edges("agreed"))
    assert codes.count("one-sided-parallel") >= len(team.parallel("either")) - len(team.parallel("mutual"))


@settings(deadline=None)
@given(TEAMS)
def test_mutual_pairs_are_pairs_and_pairs_are_sorted(team: Team) -> None:
    either, mutual = team.parallel("either"), team.parallel("mutual")

    assert set(mutual) <= set(either)
    assert all(one < other for one, other in either)


@settings(deadline=None)
@given(TEAMS)
def test_the_reachable_set_is_closed_under_edges(team: Team) -> None:
    result = reachable("a", team.edges())

    assert result[0] == "a"
    assert {to for sender, to in team.edges() if sender in result} <= set(result)


def test_reading_a_team_needs_no_langgraph() -> None:
    """Loading LangGraph takes a second; reading files must not."""
    program = (
        "import sys, langgraph_dba.agents.team.agent_team; "
        "print({'langgraph', 'langchain', 'langchain_core'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "set()"
