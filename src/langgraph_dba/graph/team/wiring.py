"""The wiring of one team: who may reach whom, whose chair is empty, and everything that is wrong with it, at once."""

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
from langgraph_dba.handoffs.scheduler import Policy

DISPATCH = "dispatch"
REPORT = "report"
LEAVE = "leave"
NO_PARENT = "it lives outside the team, and no graph is around this one"


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every node of a team's graph knows; `targets` maps an agent to those it may hand off to.

    `nodes` holds the agents that are no chat models, `staffed` lists all that can run, `empty` those that cannot.
    `entry` is where a request comes in, if the graph decides that; `finish` is the node that follows the last wave.
    Agents `outside` live in the parent graph, which `LEAVE` leads to, or beside the team's own (`beside`). No chain of
    handoffs leads from the entry to the agents that are `unreachable`; if requests may come in anywhere, it is empty.
    """

    entry: str
    targets: Mapping[str, frozenset[str]]
    nodes: Mapping[str, Any]
    staffed: tuple[str, ...]
    empty: tuple[str, ...]
    policy: Policy
    contracts: Contracts
    history: History
    finish: str
    outside: tuple[str, ...]
    beside: bool
    unreachable: tuple[str, ...]

    def closed(self, *, is_nested: bool) -> dict[str, str]:
        """Return whom nothing can reach in a run, and why; `is_nested` says that a graph is around the team's."""
        unreachable = () if is_nested or self.beside else self.outside
        return dict.fromkeys(self.empty, EMPTY_CHAIR) | dict.fromkeys(unreachable, NO_PARENT)

    def reachable(self, start: str) -> tuple[str, ...]:
        """Return the agents that can run and that a chain of handoffs leads to from `start`, which comes first."""
        return _reachable(start, self.targets, self.staffed)

    def contracts_of_targets(self, agent: str) -> dict[str, str]:
        """Return the name of the contract for each agent that takes one and that `agent` may hand off to."""
        if not self.contracts:
            return {}
        return {name: self.contracts[name].__name__ for name in sorted(self.targets[agent]) if name in self.contracts}

    @property
    def has_parallel_waves(self) -> bool:
        """Whether any two agents with a node may run together."""
        return bool(self.sharing())

    def sharing(self) -> frozenset[str]:
        """Return the agents with a node that may run together with another one."""
        staffed = set(self.staffed)
        return frozenset(name for pair in self.policy.parallel if pair <= staffed for name in pair)

    def reached(self) -> dict[str, list[str]]:
        """Return whom each may ever hand work to: its targets, and by way of return those who may hand off to it."""
        place = {name: index for index, name in enumerate((*self.staffed, *self.outside))}
        found = {name: self.targets[name] & place.keys() for name in self.staffed}
        senders: dict[str, set[str]] = {name: set() for name in place}
        for name, targets in found.items():
            for target in targets - {name}:
                senders[target].add(name)
        return {name: sorted(targets | senders[name], key=place.__getitem__) for name, targets in found.items()}


def wire(team: Team, options: TeamOptions) -> Wiring:
    """Check the team against its options; TeamError with every problem found."""
    nodes, names = options.nodes_for(team), team.names
    staffed = tuple(name for name in names if name in nodes or options.model is not None)
    empty = tuple(name for name in names if name not in staffed)
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
        return first, (
            problem(f"the run starts at {first}, whose chair is empty: give it a node or name another entry"),
        )
    return first, ()


def _targets(team: Team, mode: EdgeMode) -> dict[str, frozenset[str]]:
    targets: dict[str, set[str]] = {name: set() for name in team.names}
    for sender, to in (*team.edges(mode), *team.leaving()):
        targets[sender].add(to)
    return {name: frozenset(found) for name, found in targets.items()}


def _missing(name: str) -> Problem:
    return problem(
        f"{name} has neither a node nor a model: give `nodes={{{name!r}: …}}` or `model=`, "
        "or leave its chair empty with `missing='drop'`"
    )


def _unusable_names(names: Sequence[str]) -> list[Problem]:
    taken = {DISPATCH, REPORT, LEAVE, *AgentState.__annotations__}
    return [
        problem(f"an agent cannot be called {name!r}: the graph needs that name, or has a meaning for ':' and '|'")
        for name in names
        if name in taken or name.startswith("__") or set(name) & {":", "|"}
    ]
