"""The wiring of one team: who may reach whom, whose chair is empty, and everything that is wrong with it, at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from langchain_core.language_models import BaseChatModel

from langgraph_dba.agents.relations import EdgeMode, ParallelMode
from langgraph_dba.agents.team import Team
from langgraph_dba.errors import Problem, TeamError
from langgraph_dba.findings import problem
from langgraph_dba.graph.team_state import AgentState
from langgraph_dba.handoffs.contracts import Contracts
from langgraph_dba.handoffs.log import EMPTY_CHAIR
from langgraph_dba.handoffs.scheduler import Policy

DISPATCH = "dispatch"
REPORT = "report"
LEAVE = "leave"
NO_PARENT = "it lives outside the team, and no graph is around this one"
DEFAULT_GATES = ("code-reviewer",)

History = Literal["brief", "full"]
Missing = Literal["error", "drop"]


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every node of a team's graph knows; `targets` maps an agent to those it may hand off to.

    `entry` is where a request comes in, if the graph decides that; `finish` is the node that follows the last wave.
    Agents `outside` live in the parent graph, which `LEAVE` leads to, or beside the team's own (`beside`).
    """

    entry: str
    targets: Mapping[str, frozenset[str]]
    staffed: tuple[str, ...]
    empty: tuple[str, ...]
    policy: Policy
    contracts: Contracts
    history: History
    finish: str
    outside: tuple[str, ...]
    beside: bool

    def closed(self, *, is_nested: bool) -> dict[str, str]:
        """Return whom nothing can reach in a run, and why; `is_nested` says that a graph is around the team's."""
        unreachable = () if is_nested or self.beside else self.outside
        return dict.fromkeys(self.empty, EMPTY_CHAIR) | dict.fromkeys(unreachable, NO_PARENT)

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


def wire(
    team: Team,
    *,
    nodes: Mapping[str, Any],
    model: BaseChatModel | None,
    entry: str | None,
    starts: bool,
    edges: EdgeMode,
    parallel: ParallelMode,
    gates: Sequence[str],
    before: Sequence[tuple[str, str]],
    max_handoffs: int,
    max_rounds: int,
    history: History,
    missing: Missing,
    contracts: Contracts,
    finish: str,
) -> Wiring:
    """Check the team against its nodes; TeamError with every problem found. `starts`: the team needs an entry."""
    staffed = tuple(name for name in team.names if name in nodes or model is not None)
    empty = tuple(name for name in team.names if name not in nodes and model is None)
    problems = [
        *_unusable_names(team.names),
        *_unknown_options(history=history, missing=missing),
        *(problem(f"`nodes` names {name}, which is not in the team") for name in sorted(set(nodes) - set(team.names))),
        *(problem(f"the gate {name} is not in the team") for name in gates if _is_unknown_gate(name, team.names)),
        *(_missing(name) for name in empty if missing == "error"),
    ]
    first, faults = _entry(team, entry, edges, empty) if starts else ("", ())
    problems += faults
    if problems:
        raise TeamError(problems)
    policy = Policy(
        parallel=frozenset(frozenset(pair) for pair in team.parallel(parallel)),
        gates=frozenset(gates),
        before=tuple((earlier, later) for earlier, later in before),
        max_handoffs=max_handoffs,
        max_rounds=max_rounds,
        outside=frozenset(to for _, to in team.leaving()),
    )
    outside = tuple(dict.fromkeys(to for sender, to in team.leaving() if sender in staffed))
    return Wiring(
        first, _targets(team, edges), staffed, empty, policy, contracts, history, finish, outside, beside=not starts
    )


def _entry(team: Team, name: str | None, edges: EdgeMode, empty: Sequence[str]) -> tuple[str, tuple[Problem, ...]]:
    try:
        first = team.entry(name, edges=edges)
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


def _is_unknown_gate(name: str, names: Sequence[str]) -> bool:
    # The default must not forbid a team without a reviewer; a gate that somebody names has to exist.
    return name not in names and name not in DEFAULT_GATES


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


def _unknown_options(*, history: str, missing: str) -> list[Problem]:
    given = (("history", history, get_args(History)), ("missing", missing, get_args(Missing)))
    return [
        problem(f"{option} must be one of {', '.join(allowed)}, not {value!r}")
        for option, value, allowed in given
        if value not in allowed
    ]
