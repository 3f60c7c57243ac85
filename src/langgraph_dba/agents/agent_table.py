"""The table of built-in agents: each has a Markdown file, and a package with `AGENT` if it has a node or a stage.

The Markdown file `default_team/data-steward.md` belongs to the package `langgraph_dba.agents.data_steward`; a file
without a package is a chair without a node. Another package adds an agent by an entry point of the group
`langgraph_dba.agents` that names a package `data_steward` with `AGENT` and, in it, the file `data-steward.md`.
"""

from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from types import ModuleType

from langgraph_dba.agents.agent import STAGES, Agent
from langgraph_dba.errors import InputError
from langgraph_dba.plugins import kebab_name, load_plugins

GROUP = "langgraph_dba.agents"
_PACKAGE = "langgraph_dba.agents"
_FOLDER = "default_team"
_SUFFIX = ".md"


def default_team_folder() -> Traversable:
    """Return the folder with the Markdown files of the team that comes with the package."""
    return files(_PACKAGE) / _FOLDER


def agent_files() -> tuple[Traversable, ...]:
    """Return the Markdown files of all built-in agents, sorted by name; InputError if a package cannot be used."""
    plugins = (_markdown(module) for module in _plugin_modules())
    return tuple(sorted([*_shipped_files(), *plugins], key=lambda item: item.name))


def built_in_agents() -> tuple[Agent, ...]:
    """Return the agents that have a package, in the order of work; InputError if a package cannot be used."""
    shipped = [module for name in _shipped_names() if (module := _shipped_module(name))]
    if faults := [f"{module.__name__} {fault}" for module in shipped if (fault := _fault(module))]:
        raise InputError("; ".join(faults))
    agents: list[Agent] = [module.AGENT for module in (*shipped, *_plugin_modules())]
    order = list(STAGES)
    return tuple(sorted(agents, key=lambda agent: (order.index(agent.stage), agent.name)))


def _shipped_files() -> list[Traversable]:
    return [item for item in default_team_folder().iterdir() if item.name.endswith(_SUFFIX)]


def _shipped_names() -> list[str]:
    return [item.name.removesuffix(_SUFFIX) for item in _shipped_files()]


def _shipped_module(name: str) -> ModuleType | None:
    path = f"{_PACKAGE}.{name.replace('-', '_')}"
    spec = find_spec(path)
    # A plain module is no agent: an agent called `agent` or `agent-table` must not import a module of that name here.
    is_package = spec is not None and spec.submodule_search_locations is not None
    return import_module(path) if is_package else None


def _plugin_modules() -> tuple[ModuleType, ...]:
    plugins = load_plugins(GROUP, _plugin_fault, reserved=_shipped_names())
    # An error, not a warning: a team in which an installed agent is missing would do less work than expected.
    if plugins.broken:
        raise InputError("; ".join(f"the agent {plugin}" for plugin in plugins.broken))
    return plugins.modules


def _fault(module: ModuleType) -> str:
    """Return why a module does not define an agent; an empty text if it does."""
    agent = getattr(module, "AGENT", None)
    if not isinstance(agent, Agent):
        return "has no AGENT: write `AGENT = Agent(name=…, node=…)` in its __init__.py"
    name = kebab_name(module.__name__)
    return "" if agent.name == name else f"is the package of {name}, but its AGENT is called {agent.name}: rename one"


def _plugin_fault(module: ModuleType) -> str:
    if fault := _fault(module):
        return fault
    has_file = hasattr(module, "__path__") and _markdown(module).is_file()
    return "" if has_file else f"has no file {kebab_name(module.__name__)}{_SUFFIX} in its package"


def _markdown(module: ModuleType) -> Traversable:
    return files(module) / f"{kebab_name(module.__name__)}{_SUFFIX}"
