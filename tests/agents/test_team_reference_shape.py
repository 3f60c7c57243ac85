"""Nineteen agents whose lists disagree like those of real teams: the number of edges, pairs and issues."""

from collections import Counter
from pathlib import Path

import pytest

from langgraph_dba.agents.team.agent_team import Team, load_team
from langgraph_dba.agents.team.edges import EdgeMode, reachable
from langgraph_dba.agents.team.front_matter import read_front_matter

FOLDER = Path(__file__).parent / "fixtures" / "reference_shape"
BEHIND_THE_MANAGER = {
    "ai-llm-expert", "brief-strategist", "code-architect", "context-analyzer", "data-analyst", "ui-ux-designer",
}  # fmt: skip


@pytest.fixture(scope="module")
def team() -> Team:
    return load_team(FOLDER)


def test_all_nineteen_load_one_of_them_after_repair(team: Team) -> None:
    repaired = [path.stem for path in FOLDER.glob("*.md") if read_front_matter(path.read_text()).repairs]

    assert len(team.definitions) == 19
    assert repaired == ["ai-llm-expert"]


def test_dropping_the_broken_file_would_leave_three_dangling_pairs(team: Team) -> None:
    named = [(d.name, other) for d in team.definitions for other in d.coordination.parallel_with]

    assert sum(other == "ai-llm-expert" for _, other in named) == 3


@pytest.mark.parametrize(("mode", "number"), [("declared", 71), ("agreed", 36), ("union", 97)])
def test_edges(team: Team, mode: EdgeMode, number: int) -> None:
    assert len(team.edges(mode)) == number


def test_the_edges_of_receives_from(team: Team) -> None:
    reversed_edges = {(sender, d.name) for d in team.definitions for sender in d.coordination.receives_from}

    assert len(reversed_edges) == 62
    assert set(team.edges("declared")) | reversed_edges == set(team.edges("union"))


def test_pairs(team: Team) -> None:
    assert sum(len(d.coordination.parallel_with) for d in team.definitions) == 47
    assert len(team.parallel("either")) == 36
    assert len(team.parallel("mutual")) == 11


def test_warnings(team: Team) -> None:
    assert Counter(issue.rule for issue in team.issues) == {
        "one-sided-handoff": 61,
        "one-sided-parallel": 25,
        "unreachable-agent": 2,
        "duplicate-entry": 1,
        "repaired-front-matter": 1,
    }


def test_which_side_is_missing(team: Team) -> None:
    messages = [issue.text for issue in team.issues if issue.rule == "one-sided-handoff"]

    assert sum("to its receives_from" in message for message in messages) == 35
    assert sum("to its hands_off_to" in message for message in messages) == 26


def test_the_duplicate_stands_where_it_is_reported(team: Team) -> None:
    issue = next(issue for issue in team.issues if issue.rule == "duplicate-entry")

    line = Path(issue.file).read_text().splitlines()[issue.line - 1]
    assert Path(issue.file).name == "project-manager.md"
    assert line.count("technical-writer") == 2


@pytest.mark.parametrize(
    ("mode", "missing"),
    [
        ("declared", BEHIND_THE_MANAGER),
        ("agreed", BEHIND_THE_MANAGER),
        ("union", {"brief-strategist", "context-analyzer"}),
    ],
)
def test_unreachable_agents(team: Team, mode: EdgeMode, missing: set[str]) -> None:
    assert set(team.names) - set(reachable(team.entry(), team.edges(mode))) == missing


def test_every_agent_has_a_receiver_other_than_itself(team: Team) -> None:
    declared = team.edges("declared")

    assert {sender for sender, _ in declared} == set(team.names)
    assert all(sender != to for sender, to in team.edges("union"))


def test_many_pairs_are_edges_too(team: Team) -> None:
    edges = {frozenset(edge) for edge in team.edges("union")}

    assert sum(frozenset(pair) in edges for pair in team.parallel()) == 20


def test_no_name_dangles_even_under_strict() -> None:
    assert len(load_team(FOLDER, strict=True).definitions) == 19
