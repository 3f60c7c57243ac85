"""The keywords of `create_team` and `add_agents` as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END

from langgraph_dba.agents.team.agent_team import Team
from langgraph_dba.agents.team.edges import EdgeMode, ParallelMode
from langgraph_dba.errors import Problem
from langgraph_dba.findings import problem
from langgraph_dba.handoffs.contracts import Contracts
from langgraph_dba.handoffs.scheduler import SchedulePolicy

History = Literal["brief", "full"]
Missing = Literal["error", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamOptions:
    """The options for building a team's graph; None means the value that the team brings.

    `starts` is whether the graph has a fixed first agent: `entry`, or the team's. After the last wave the run goes to
    the node `finish`.
    """

    nodes: Mapping[str, Any] | None = None
    model: BaseChatModel | None = None
    entry: str | None = None
    starts: bool = True
    edges: EdgeMode = "union"
    parallel: ParallelMode = "either"
    gates: Sequence[str] | None = None
    before: Sequence[tuple[str, str]] | None = None
    max_handoffs: int = 25
    max_rounds: int = 3
    history: History = "brief"
    missing: Missing = "error"
    contracts: Contracts | None = None
    finish: str = END

    def nodes_for(self, team: Team) -> Mapping[str, Any]:
        """Return the nodes by agent: those of the option, else those that the team brings."""
        return team.create_nodes() if self.nodes is None else self.nodes

    def contracts_for(self, team: Team) -> Contracts:
        """Return the contracts by receiver."""
        return team.contracts if self.contracts is None else self.contracts

    def allows_empty_chairs(self, team: Team) -> bool:
        """Return whether an agent may have neither node nor model: a team that brings nodes may leave chairs empty."""
        return self.missing == "drop" or (self.nodes is None and bool(team.agents))

    def policy_for(self, team: Team) -> SchedulePolicy:
        """Return the scheduler's policy."""
        # Compared with None, not by truth: an empty list turns off the gates or the order that the team brings.
        before = team.before if self.before is None else self.before
        return SchedulePolicy(
            parallel=frozenset(frozenset(pair) for pair in team.parallel(self.parallel)),
            gates=frozenset(team.gates if self.gates is None else self.gates),
            before=tuple((earlier, later) for earlier, later in before),
            max_handoffs=self.max_handoffs,
            max_rounds=self.max_rounds,
            outside=frozenset(to for _, to in team.leaving()),
        )

    def problems(self) -> list[Problem]:
        """Return a problem for each option whose value is not one of those allowed."""
        # The types are Literals, but a caller without a type checker passes any text.
        closed = (("history", self.history, get_args(History)), ("missing", self.missing, get_args(Missing)))
        return [
            problem(f"{option} must be one of {', '.join(allowed)}, not {value!r}")
            for option, value, allowed in closed
            if value not in allowed
        ]
