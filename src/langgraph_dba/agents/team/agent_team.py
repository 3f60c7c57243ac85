"""A team: the definitions of a folder and the graph that their coordination makes of them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path, PurePath
from typing import Any

from langgraph_dba.agents.agent import Agent, NodeSettings
from langgraph_dba.agents.agent_table import agent_files, built_in_agents, default_team_folder
from langgraph_dba.agents.team.definition import MAX_FILE_BYTES, AgentDefinition, read_definition
from langgraph_dba.agents.team.edges import (
    USUAL_ENTRY,
    EdgeMode,
    Pair,
    ParallelMode,
    handoff_edges,
    parallel_pairs,
    sources,
    usual_entry,
)
from langgraph_dba.agents.team.lint import Roster, lint
from langgraph_dba.agents.team.lint_rules import team_finding
from langgraph_dba.agents.team.team_diagram import mermaid
from langgraph_dba.errors import TeamError
from langgraph_dba.findings import FileLocation, Finding, problem
from langgraph_dba.handoffs.contracts import Contracts

# What lies beside agents in a folder without being one; a file of such a name that has an agent's head is an agent.
_DOCUMENTS = ("readme", "changelog", "contributing", "license", "claude", "agents", "index")


@dataclass(frozen=True, slots=True)
class Team:
    """Definitions in the order of their file names, and the issues found in them.

    `external` names agents that live outside, in the graph around the team's: its agents may hand off to those they
    list, and the work leaves the team. `agents` are those that come with nodes, contracts and an order of work:
    `default_team()` brings them, `load_team` brings none; a line whose name is not in the team has no effect.
    """

    definitions: tuple[AgentDefinition, ...]
    issues: tuple[Finding, ...] = ()
    external: frozenset[str] = frozenset()
    agents: tuple[Agent, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The agents' names, in order."""
        return tuple(definition.name for definition in self.definitions)

    @property
    def contracts(self) -> Contracts:
        """The contract of each agent that brings one."""
        return {agent.name: agent.takes for agent in self._present() if agent.takes}

    @property
    def gates(self) -> tuple[str, ...]:
        """The agents that run when no other agent is queued."""
        return tuple(agent.name for agent in self._present() if agent.stage == "gate")

    @property
    def before(self) -> tuple[Pair, ...]:
        """Pairs (first, then) of agents, of which the second waits while both are queued: tests come before code."""
        testers = [agent.name for agent in self._present() if agent.stage == "test"]
        builders = [agent.name for agent in self._present() if agent.stage == "build"]
        return tuple((tester, builder) for tester in testers for builder in builders)

    def _present(self) -> Iterator[Agent]:
        return (agent for agent in self.agents if agent.name in self.names)

    def create_nodes(self, settings: NodeSettings | None = None) -> dict[str, Any]:
        """Build the nodes that the team brings, by agent; `settings.agents` is always the team's own table."""
        chosen = replace(settings or NodeSettings(), agents=self.agents)
        return {agent.name: agent.create_node(chosen) for agent in self._present() if agent.node}

    def load_report(self) -> Callable[..., Any] | None:
        """Return the report function that one of the team's agents brings, or None."""
        return next((agent.load_report() for agent in self._present() if agent.report), None)

    def get(self, name: str) -> AgentDefinition:
        """Return the definition of that name; KeyError if there is none."""
        for definition in self.definitions:
            if definition.name == name:
                return definition
        raise KeyError(name)

    def edges(self, mode: EdgeMode = "union") -> tuple[Pair, ...]:
        """Return (from, to) pairs: listed by either side (`union`), by the sender (`declared`), by both (`agreed`)."""
        return handoff_edges(self.definitions, mode)

    def leaving(self) -> tuple[Pair, ...]:
        """Return (from, to) pairs that lead to agents outside the team, as the senders list them."""
        outside = self.external - set(self.names)
        pairs = ((d.name, to) for d in self.definitions for to in d.coordination.hands_off_to if to in outside)
        return tuple(dict.fromkeys(pairs))

    def parallel(self, mode: ParallelMode = "either") -> tuple[Pair, ...]:
        """Return the sorted pairs that may work at the same time, said by either side or by both (`mutual`)."""
        return parallel_pairs(self.definitions, mode)

    def entry(self, name: str | None = None, *, edges: EdgeMode = "union") -> str:
        """Return where work starts: `name`, else project-manager, else the only agent nobody hands to; or TeamError."""
        names, drawn = self.names, self.edges(edges)
        if name is not None:
            if name not in names:
                message = f"the entry {name!r} is not in the team: choose one of {', '.join(names)}"
                raise TeamError(problem(message, rule="undefined-entry"))
            return name
        found = usual_entry(names, drawn)
        if found is None:
            candidates = sources(names, drawn)
            state = f"several have no sender ({', '.join(candidates)})" if candidates else "each has a sender"
            message = f"no agent is called {USUAL_ENTRY} and {state}: name the entry"
            raise TeamError(problem(message, rule="undefined-entry"))
        return found

    def to_mermaid(
        self,
        edges: EdgeMode = "union",
        parallel: ParallelMode = "either",
        *,
        gates: Collection[str] | None = None,
        returns: bool = False,
    ) -> str:
        """Return the team as a Mermaid flowchart; `returns` adds the derived way back, dashed.

        `gates` None stands for the team's own gates.
        """
        gates = self.gates if gates is None else gates
        drawn = self.edges(edges)
        entry = usual_entry(self.names, drawn)
        beside, leaving = self.parallel(parallel), self.leaving()
        return mermaid(self.names, drawn, beside, entry=entry, gates=gates, leaving=leaving, returns=returns)


def load_team(path: str | PathLike[str], *, strict: bool = False, external: Iterable[str] = ()) -> Team:
    """Read the agent files (`*.md`) of a folder, of `.claude/agents` in a project's folder, or one file.

    `external` names agents that live outside the team, in a parent graph for example; with `strict` any other name that
    no file defines is an error. Raises TeamError with every problem of every file together.
    """
    root = Path(path)
    if not root.exists():
        raise TeamError(problem("no such file or folder: name a folder of agent files", str(root), rule="missing-team"))
    return _load(_agent_files(root), str(root), Roster((), frozenset(external), strict))


def default_team() -> Team:
    """Return the team that comes with the package: its agents, their nodes, contracts, gates and order of work.

    Agents of other packages (entry points of `langgraph_dba.agents`) belong to it.
    """
    team = _load(agent_files(), str(default_team_folder()), Roster((), strict=True))
    return replace(team, agents=built_in_agents())


def _agent_files(root: Path) -> list[Path]:
    if not root.is_dir():
        return [root]
    inner = root / ".claude" / "agents"
    try:
        found = sorted((inner if inner.is_dir() else root).iterdir(), key=lambda item: item.name)
    except OSError as error:
        message = f"cannot be listed ({error.strerror}): check its permissions"
        raise TeamError(problem(message, str(root), rule="unreadable-file")) from error
    return [item for item in found if item.suffix == ".md" and not item.name.startswith(".") and not item.is_dir()]


def _load(items: Iterable[Traversable], root: str, terms: Roster) -> Team:
    definitions: list[AgentDefinition] = []
    issues: list[Finding] = []
    for item in items:
        definition, found = _read(item)
        if definition is None and _is_document(item.name, found):
            continue
        issues += found
        definitions += [definition] if definition else []
    issues += _duplicate_names(definitions)
    if not definitions and not issues:
        raise TeamError(problem("holds no agent files (*.md with front matter and a name)", root, rule="empty-team"))
    # A name whose file could not be read is not dangling: its agent is there, and broken.
    failed = {PurePath(issue.file).stem for issue in issues if issue.level == "error"}
    issues += lint(Roster(tuple(definitions), {*terms.external, *failed}, terms.strict))
    issues.sort(key=lambda issue: (issue.file, issue.line))
    if errors := [issue for issue in issues if issue.level == "error"]:
        raise TeamError(errors)
    return Team(tuple(definitions), tuple(issues), frozenset(terms.external))


def _read(item: Traversable) -> tuple[AgentDefinition | None, tuple[Finding, ...]]:
    try:
        if not item.is_file():
            raise OSError(0, "a broken link, or not a regular file")  # noqa: TRY301  reported as any other below
        with item.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
        location = FileLocation(file=str(item))
        return None, (team_finding("unreadable-file", location, message, "fix it or move it away"),)
    return read_definition(data, str(item))


def _is_document(file_name: str, issues: tuple[Finding, ...]) -> bool:
    stem = PurePath(file_name).stem.lower()
    known = stem.startswith("readme") or stem in _DOCUMENTS
    return known and {issue.rule for issue in issues if issue.level == "error"} == {"no-name"}


def _duplicate_names(definitions: list[AgentDefinition]) -> Iterator[Finding]:
    first: dict[str, AgentDefinition] = {}
    for definition in definitions:
        other = first.setdefault(definition.name, definition)
        if other is not definition:
            message = f"the name {definition.name!r} is taken by {other.location('name')}"
            yield team_finding("duplicate-name", definition.location("name"), message, "rename one of them")
