"""The table of built-in agents: one Markdown file each, and one package with `AGENT` for those with work to do here.

The Markdown file `default_team/data-steward.md` belongs to the package `langgraph_dba.agents.data_steward`; a file
without a package is a chair without a node. Another package adds an agent by an entry point of the group
`langgraph_dba.agents` that names a package with `AGENT` and, beside it, the file `<name>.md`.
"""

from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from types import ModuleType

from langgraph_dba.agents.agent import STAGES, Agent
from langgraph_dba.errors import InputError

GROUP = "langgraph_dba.agents"
_PACKAGE = "langgraph_dba.agents"
_FOLDER = "default_team"


def default_team_folder() -> Traversable:
    """Return the folder with the Markdown files of the team that comes with the package."""
    return files(_PACKAGE) / _FOLDER


def agent_files() -> tuple[Traversable, ...]:
    """Return the Markdown files of all built-in agents, sorted by name."""
    ours = (item for item in default_team_folder().iterdir() if item.name.endswith(".md"))
    theirs = (files(module) / f"{_agent_of(module).name}.md" for module in _their_modules())
    return tuple(sorted([*ours, *theirs], key=lambda item: item.name))


def built_in_agents() -> tuple[Agent, ...]:
    """Return the agents that have a package, in the order of work; InputError if a package has no usable `AGENT`."""
    names = sorted(item.name.removesuffix(".md") for item in default_team_folder().iterdir())
    ours = [_agent_of(module, name) for name in names if (module := _our_module(name))]
    theirs = [_agent_of(module) for module in _their_modules()]
    order = list(STAGES)
    return tuple(sorted([*ours, *theirs], key=lambda agent: (order.index(agent.stage), agent.name)))


def _our_module(name: str) -> ModuleType | None:
    path = f"{_PACKAGE}.{name.replace('-', '_')}"
    spec = find_spec(path)
    is_package = spec is not None and spec.submodule_search_locations is not None
    return import_module(path) if is_package else None


def _their_modules() -> tuple[ModuleType, ...]:
    return tuple(point.load() for point in sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _agent_of(module: ModuleType, name: str | None = None) -> Agent:
    agent = getattr(module, "AGENT", None)
    if not isinstance(agent, Agent):
        raise InputError(f"{module.__name__} has no AGENT: write `AGENT = Agent(name=…, node=…)` in its __init__.py")
    if name is not None and agent.name != name:
        raise InputError(f"{module.__name__}: AGENT is called {agent.name!r}, but its file is {name}.md: rename one")
    return agent
