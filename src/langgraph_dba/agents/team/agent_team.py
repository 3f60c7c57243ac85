"""A team: the agent definitions of a folder, with the edges and pairs of their coordination lists."""

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
from langgraph_dba.deadlines import Interrupted, interrupted_after
from langgraph_dba.errors import TeamError
from langgraph_dba.findings import FileLocation, Finding, problem
from langgraph_dba.handoffs.contracts import Contracts
from langgraph_dba.input_file import PARSE_LIMIT_S, read_bytes

# Documents that are usual in a folder of agent files; a file of such a name with an agent's front matter is an agent.
_DOCUMENTS = ("readme", "changelog", "contributing", "license", "claude", "agents", "index")


@dataclass(frozen=True, slots=True)
class Team:
    """Definitions in the order of their file names, and the issues in them.

    `external` names agents in the parent graph: the team's agents may hand off to those that they list, and the work
    leaves the team. `agents` are the descriptions with nodes, contracts and an order of work: `default_team()` has
    them, `load_team` has none; a description whose name is not in the team has no effect.
    """

    definitions: tuple[AgentDefinition, ...]
    issues: tuple[Finding, ...] = ()
    external: frozenset[str] = frozenset()
    agents: tuple[Agent, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the agents' names in order."""
        return tuple(definition.name for definition in self.definitions)

    @property
    def contracts(self) -> Contracts:
        """Return the contract of each agent that has one."""
        return {agent.name: agent.takes for agent in self._present() if agent.takes}

    @property
    def gates(self) -> tuple[str, ...]:
        """Return the agents that run when no other agent is queued."""
        return tuple(agent.name for agent in self._present() if agent.stage == "gate")

    @property
    def before(self) -> tuple[Pair, ...]:
        """Return pairs (first, then): the second waits while both are queued, so that tests come before code."""
        testers = [agent.name for agent in self._present() if agent.stage == "test"]
        builders = [agent.name for agent in self._present() if agent.stage == "build"]
        return tuple((tester, builder) for tester in testers for builder in builders)

    def _present(self) -> Iterator[Agent]:
        return (agent for agent in self.agents if agent.name in self.names)

    def create_nodes(self, settings: NodeSettings | None = None) -> dict[str, Any]:
        """Build the nodes of the team's `agents`, by name; `settings.agents` is replaced by the team's own table."""
        own_settings = replace(settings or NodeSettings(), agents=self.agents)
        return {agent.name: agent.create_node(own_settings) for agent in self._present() if agent.node}

    def load_report(self) -> Callable[..., Any] | None:
        """Return the report function of one of the team's agents, or None."""
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
        """Return the sorted pairs that may work at the same time, listed by either side or by both (`mutual`)."""
        return parallel_pairs(self.definitions, mode)

    def entry(self, name: str | None = None, *, edges: EdgeMode = "union") -> str:
        """Return the first agent: `name`, else project-manager, else the only agent without a sender; or TeamError."""
        names, pairs = self.names, self.edges(edges)
        if name is not None:
            if name not in names:
                message = f"the entry {name!r} is not in the team: choose one of {', '.join(names)}"
                raise TeamError(problem(message, rule="undefined-entry"))
            return name
        entry = usual_entry(names, pairs)
        if entry is None:
            candidates = sources(names, pairs)
            state = f"several have no sender ({', '.join(candidates)})" if candidates else "each has a sender"
            message = f"no agent is called {USUAL_ENTRY} and {state}: set `entry`"
            raise TeamError(problem(message, rule="undefined-entry"))
        return entry

    def to_mermaid(
        self,
        edges: EdgeMode = "union",
        parallel: ParallelMode = "either",
        *,
        gates: Collection[str] | None = None,
        returns: bool = False,
    ) -> str:
        """Return the team as a Mermaid flowchart; `returns` adds a dashed arrow back for each handoff.

        `gates` None means the team's own gates.
        """
        gates = self.gates if gates is None else gates
        pairs = self.edges(edges)
        entry = usual_entry(self.names, pairs)
        beside, leaving = self.parallel(parallel), self.leaving()
        return mermaid(self.names, pairs, beside, entry=entry, gates=gates, leaving=leaving, returns=returns)


def load_team(path: str | PathLike[str], *, strict: bool = False, external: Iterable[str] = ()) -> Team:
    """Read the agent files (`*.md`) of a folder, of `.claude/agents` in a project's folder, or one file.

    `external` names agents outside the team, for example in a parent graph; with `strict` any other name that no file
    defines is an error. Raises TeamError with the problems of all files.
    """
    root = Path(path)
    if not root.exists():
        raise TeamError(problem("no such file or folder: name a folder of agent files", str(root), rule="missing-team"))
    return _load(_agent_files(root), str(root), Roster((), frozenset(external), strict))


def default_team() -> Team:
    """Return the built-in team: its agents, their nodes, contracts, gates and order of work.

    It includes the agents of other packages (entry points of `langgraph_dba.agents`).
    """
    team = _load(agent_files(), str(default_team_folder()), Roster((), strict=True))
    return replace(team, agents=built_in_agents())


def _agent_files(root: Path) -> list[Path]:
    if not root.is_dir():
        return [root]
    inner = root / ".claude" / "agents"
    try:
        files = sorted((inner if inner.is_dir() else root).iterdir(), key=lambda item: item.name)
    except OSError as error:
        message = f"cannot be listed ({error.strerror}): check its permissions"
        raise TeamError(problem(message, str(root), rule="unreadable-file")) from error
    return [item for item in files if item.suffix == ".md" and not item.name.startswith(".") and not item.is_dir()]


def _load(items: Iterable[Traversable], root: str, options: Roster) -> Team:
    definitions: list[AgentDefinition] = []
    issues: list[Finding] = []
    for item in items:
        definition, file_issues = _read(item)
        if definition is None and _is_document(item.name, file_issues):
            continue
        issues += file_issues
        definitions += [definition] if definition else []
    issues += _duplicate_names(definitions)
    if not definitions and not issues:
        raise TeamError(problem("has no agent files (*.md with front matter and a name)", root, rule="empty-team"))
    # A name whose file could not be read is not reported as dangling too: the agent exists.
    failed = {PurePath(issue.file).stem for issue in issues if issue.level == "error"}
    issues += lint(Roster(tuple(definitions), {*options.external, *failed}, options.strict))
    # By file and line, because the checks yield their findings by rule.
    issues.sort(key=lambda issue: (issue.file, issue.line))
    if errors := [issue for issue in issues if issue.level == "error"]:
        raise TeamError(errors)
    return Team(tuple(definitions), tuple(issues), frozenset(options.external))


def _read(item: Traversable) -> tuple[AgentDefinition | None, tuple[Finding, ...]]:
    try:
        if isinstance(item, Path):
            data = read_bytes(item, MAX_FILE_BYTES)
        else:  # in an archive, where there is nothing but files
            with item.open("rb") as stream:
                data = stream.read(MAX_FILE_BYTES + 1)
        with interrupted_after(PARSE_LIMIT_S):
            return read_definition(data, str(item))
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
    except Interrupted:
        message = f"takes more than {PARSE_LIMIT_S:g} s to read"
    return None, (team_finding("unreadable-file", FileLocation(file=str(item)), message, "fix it or move it away"),)


def _is_document(file_name: str, issues: tuple[Finding, ...]) -> bool:
    stem = PurePath(file_name).stem.lower()
    # Only without a name: a README with front matter and a name is loaded as an agent.
    known = stem.startswith("readme") or stem in _DOCUMENTS
    return known and {issue.rule for issue in issues if issue.level == "error"} == {"no-name"}


def _duplicate_names(definitions: list[AgentDefinition]) -> Iterator[Finding]:
    first: dict[str, AgentDefinition] = {}
    for definition in definitions:
        other = first.setdefault(definition.name, definition)
        if other is not definition:
            message = f"the name {definition.name!r} is already used in {other.location('name')}"
            yield team_finding("duplicate-name", definition.location("name"), message, "rename one of them")
