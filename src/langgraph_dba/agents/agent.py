"""The description of a built-in agent: its node, its contracts, and when a request needs it.

The agent's folder holds one `AGENT`; the team's contracts, gates, order and briefs are derived from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from langgraph_dba.extras import require_extra

if TYPE_CHECKING:
    from langgraph_dba.agents.panel.panel import Panel
    from langgraph_dba.database.requirements import Requirements

Stage = Literal["lead", "design", "test", "build", "audit", "gate"]

# Maps each stage to the stages that must be finished before one of its agents starts, in the order of work. An audit
# does not wait for `build`: it examines the schema only.
STAGES: Mapping[Stage, tuple[Stage, ...]] = MappingProxyType(
    {
        "lead": (),
        "design": (),
        "test": ("design",),
        "build": ("design", "test"),
        "audit": ("design",),
        "gate": ("design", "test", "build"),
    }
)


def always(_: "Requirements") -> bool:
    """Return True: every request needs the agent."""
    return True


def never(_: "Requirements") -> bool:
    """Return False: the project manager hands the agent nothing; other agents may."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """The settings for building the nodes of one graph.

    `agents` is the table of the team, `threshold` the score (0 to 100) that passes a gate, `escalation` that of
    `create_consensus`, `engines` None the default engines, `panel` None the database panel.
    """

    agents: "tuple[Agent, ...]" = ()
    engines: tuple[str, ...] | None = None
    panel: "Panel | None" = None
    threshold: int = 90
    escalation: Literal["auto", "interrupt", "return"] = "auto"


NodeFactory = Callable[[NodeSettings], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One line of the table of built-in agents.

    `node` is a function from `NodeSettings` to a value for `create_team(nodes=)`, or its name as `module:attribute`.
    Without a node the agent's chair is empty. `takes` is the contract of the payloads it receives, `gives` lists the
    contracts of the payloads it hands off, `when` returns whether a request needs it. The project manager writes
    `title`, `task` and `criteria` into its brief. `stage` decides the order; an agent of stage `gate` runs when no
    other agent is queued. `report` is a function for `create_team(report=)` or its name. `extra` is the extra of the
    distribution that the node needs.
    """

    # Names are imported when the node is built: reading a team then loads neither LangGraph nor Alembic.

    name: str
    node: NodeFactory | str | None = None
    takes: type[BaseModel] | None = None
    gives: tuple[type[BaseModel], ...] = ()
    when: "Callable[[Requirements], bool]" = always
    stage: Stage = "audit"
    title: str = ""
    task: str = "Do your part of this request."
    criteria: tuple[str, ...] = ()
    report: Callable[..., Any] | str | None = None
    extra: str | None = None

    @property
    def display_title(self) -> str:
        """Return the agent's title for briefs and summaries: `title`, or the name if it is empty."""
        return self.title or self.name

    def create_node(self, settings: NodeSettings) -> Any:
        """Build the agent's node; TypeError if it has none, InputError if its extra is not installed."""
        if self.node is None:
            raise TypeError(f"the agent {self.name} has no node")
        if self.extra:
            require_extra(self.extra)
        return _resolve(self.node)(settings)

    def load_report(self) -> Callable[..., Any] | None:
        """Return the report function of the agent, or None."""
        return None if self.report is None else _resolve(self.report)


def _resolve(reference: Callable[..., Any] | str) -> Callable[..., Any]:
    if not isinstance(reference, str):
        return reference
    module, _, attribute = reference.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), attribute)
    return function


def predecessors(agent: Agent, others: Sequence[Agent]) -> tuple[Agent, ...]:
    """Return the agents among `others` whose stage must be finished before the agent starts."""
    return tuple(other for other in others if other.stage in STAGES[agent.stage])


def receiver_contracts(agents: Sequence[Agent]) -> dict[str, str]:
    """Return the contract's name for each agent that has one."""
    return {agent.name: agent.takes.__name__ for agent in agents if agent.takes}
