"""Load engines, proofs and rules of other packages from entry points.

The list of entry points is read once per process; a test that adds a distribution calls `plugin_points.cache_clear()`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin that cannot be used: the name and target of its entry point, its package, and the reason."""

    name: str
    target: str
    package: str
    reason: str

    def __str__(self) -> str:
        """Render as one clause that names the plugin, its module and its package."""
        package = f" of {self.package}" if self.package else ""
        return f"{self.name} ({self.target}{package}) {self.reason}"


@dataclass(frozen=True, slots=True)
class Plugins:
    """The modules of a group in the order of their entry points' names, and those that cannot be used."""

    modules: tuple[ModuleType, ...] = ()
    broken: tuple[BrokenPlugin, ...] = ()


@cache  # 4 to 10 ms a call, because importlib.metadata reads all installed distributions
def plugin_points(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, sorted by name; nothing is imported."""
    # importlib.metadata returns them in the order of the installed distributions, which differs between machines
    return tuple(sorted(entry_points(group=group), key=lambda point: (point.name, point.value)))


def load_plugins(group: str, fault: Callable[[ModuleType], str], *, reserved: Collection[str] = ()) -> Plugins:
    """Import the modules of a group. Never raises: a module that fails is listed in `broken`.

    `fault` returns why a module is unusable, or an empty text. A module's name (`kebab_name`) must be neither in
    `reserved` nor that of an earlier plugin.
    """
    modules: list[ModuleType] = []
    broken: list[BrokenPlugin] = []
    names = set(reserved)
    for point in plugin_points(group):
        module, reason = _load(point)
        if module is not None:
            name = kebab_name(module.__name__)
            reason = fault(module) or (f"has the name {name}, which exists already: rename it" if name in names else "")
            if not reason:
                names.add(name)
                modules.append(module)
                continue
        package = point.dist.name if point.dist else ""
        broken.append(BrokenPlugin(point.name, point.value, package, reason))
    return Plugins(tuple(modules), tuple(broken))


def _load(point: EntryPoint) -> tuple[ModuleType | None, str]:
    try:
        module = point.load()
    except Exception as error:  # noqa: BLE001  a plugin is foreign code: importing it may raise anything
        return None, f"cannot be imported: {type(error).__name__}: {error}"
    return (module, "") if isinstance(module, ModuleType) else (None, "is not a module")


def missing_parts(module: ModuleType, parts: Iterable[str]) -> str:
    """Return which of the attributes a module does not have, as the end of a sentence; an empty text if it has all."""
    missing = [part for part in parts if not hasattr(module, part)]
    return f"lacks {', '.join(missing)}" if missing else ""


def kebab_name(module: str) -> str:
    """Return the last part of a module's name in kebab-case: `rules.money_as_float` → `money-as-float`."""
    return module.rpartition(".")[2].replace("_", "-")
