"""The wiring of one team: the allowed handoffs and the empty chairs, checked with all problems reported together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph_dba.agents.team.agent_team import Team
from langgraph_dba.agents.team.edges import EdgeMode, reachable
from langgraph_dba.errors import Problem, TeamError
from langgraph_dba.findings import problem
from langgraph_dba.graph.team.team_options import History, TeamOptions
from langgraph_dba.graph.team.team_state import AgentState
from langgraph_dba.handoffs.contracts import Contracts
from langgraph_dba.handoffs.log import EMPTY_CHAIR
from langgraph_dba.handoffs.scheduler import SchedulePolicy

DISPATCH = "dispatch"
REPORT = "report"
LEAVE = "leave"
NO_PARENT = "it is outside the team, and this graph has no parent graph"


@dataclass(frozen=True, slots=True)
class Wiring:
    """The settings that all nodes of a team's graph share; `targets` maps an agent to those it may hand off to.

    `nodes` has the agents that are not chat models, `staffed` lists all agents that can run, `empty` those that cannot.
    `entry` is the first agent ("" if any agent may be), `finish` is the node after the last wave. Agents `outside` are
    nodes of the parent graph, which `LEAVE` leads to, or with `beside` nodes of the same graph. `unreachable` lists the
    agents that no chain of handoffs from the entry leads to; it is empty if there is no fixed entry.
    """

    entry: str
    targets: Mapping[str, frozenset[str]]
    nodes: Mapping[str, Any]
    staffed: tuple[str, ...]
    empty: tuple[str, ...]
    policy: SchedulePolicy
    contracts: Contracts
    history: History
    finish: str
    outside: tuple[str, ...]
    beside: bool
    unreachable: tuple[str, ...]

    def closed(self, *, is_nested: bool) -> dict[str, str]:
        """Return the agents that cannot be reached in a run, with the reason; `is_nested`: there is a parent graph."""
        # Without a parent graph such a handoff is refused when it is made, not when the team leaves.
        unreachable = () if is_nested or self.beside else self.outside
        return dict.fromkeys(self.empty, EMPTY_CHAIR) | dict.fromkeys(unreachable, NO_PARENT)

    def reachable(self, start: str) -> tuple[str, ...]:
        """Return `start`, then the agents that can run and that a chain of handoffs from `start` leads to."""
        return _reachable(start, self.targets, self.staffed)

    def contracts_of_targets(self, agent: str) -> dict[str, str]:
        """Return the contract's name for each agent that has one and that `agent` may hand off to."""
        if not self.contracts:
            return {}
        return {name: self.contracts[name].__name__ for name in sorted(self.targets[agent]) if name in self.contracts}

    @property
    def has_parallel_waves(self) -> bool:
        """Return whether any two agents with a node may run in parallel."""
        return bool(self.sharing())

    def sharing(self) -> frozenset[str]:
        """Return the agents with a node that may run in parallel with another one."""
        staffed = set(self.staffed)
        return frozenset(name for pair in self.policy.parallel if pair <= staffed for name in pair)

    def reached(self) -> dict[str, list[str]]:
        """Return for each agent every agent that may get work from it: its targets, and its senders by a return."""
        positions = {name: index for index, name in enumerate((*self.staffed, *self.outside))}
        targets_by_name = {name: self.targets[name] & positions.keys() for name in self.staffed}
        senders: dict[str, set[str]] = {name: set() for name in positions}
        # One pass over the edges: a search for the senders of each agent is quadratic in the size of the team.
        for name, targets in targets_by_name.items():
            for target in targets - {name}:
                senders[target].add(name)
        return {
            name: sorted(targets | senders[name], key=positions.__getitem__)
            for name, targets in targets_by_name.items()
        }


def wire(team: Team, options: TeamOptions) -> Wiring:
    """Return the wiring of a team with these options; TeamError with every problem."""
    nodes, names = options.nodes_for(team), team.names
    staffed = tuple(name for name in names if name in nodes or options.model is not None)
    empty = tuple(name for name in names if name not in staffed)
    # All problems are collected and raised together, so that one run shows everything that must be fixed.
    problems = [
        *_unusable_names(names),
        *options.problems(),
        *(problem(f"`nodes` names {name}, which is not in the team") for name in sorted(set(nodes) - set(names))),
        *(problem(f"the gate {name} is not in the team") for name in options.gates or () if name not in names),
        *(_missing(name) for name in empty if not options.allows_empty_chairs(team)),
    ]
    first, faults = _entry(team, options, empty) if options.starts else ("", ())
    problems += faults
    if problems:
        raise TeamError(problems)
    targets = _targets(team, options.edges)
    reached = _reachable(first, targets, staffed) if options.starts else staffed
    return Wiring(
        entry=first,
        targets=targets,
        nodes=nodes,
        staffed=staffed,
        empty=empty,
        policy=options.policy_for(team),
        contracts=options.contracts_for(team),
        history=options.history,
        finish=options.finish,
        outside=tuple(dict.fromkeys(to for sender, to in team.leaving() if sender in staffed)),
        beside=not options.starts,
        unreachable=tuple(name for name in staffed if name not in reached),
    )


def _reachable(start: str, targets: Mapping[str, frozenset[str]], staffed: Sequence[str]) -> tuple[str, ...]:
    present = set(staffed)
    return reachable(start, [(name, to) for name in staffed for to in sorted(targets[name] & present)])


def _entry(team: Team, options: TeamOptions, empty: Sequence[str]) -> tuple[str, tuple[Problem, ...]]:
    try:
        first = team.entry(options.entry, edges=options.edges)
    except TeamError as error:
        return "", error.problems
    if first in empty:
        return first, (problem(f"the run starts at {first}, which has no node: give it one or set another `entry`"),)
    return first, ()


def _targets(team: Team, mode: EdgeMode) -> dict[str, frozenset[str]]:
    targets: dict[str, set[str]] = {name: set() for name in team.names}
    for sender, to in (*team.edges(mode), *team.leaving()):
        targets[sender].add(to)
    return {name: frozenset(receivers) for name, receivers in targets.items()}


def _missing(name: str) -> Problem:
    return problem(
        f"{name} has neither a node nor a model: give `nodes={{{name!r}: …}}` or `model=`, "
        "or leave its chair empty with `missing='drop'`"
    )


def _unusable_names(names: Sequence[str]) -> list[Problem]:
    reserved = {DISPATCH, REPORT, LEAVE, *AgentState.__annotations__}  # LangGraph has no node named like a channel
    return [
        problem(f"an agent cannot be called {name!r}: the graph uses that name itself, or its ':' or '|' is reserved")
        for name in names
        if name in reserved or name.startswith("__") or set(name) & {":", "|"}
    ]
