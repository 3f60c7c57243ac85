"""Optional dependencies: the modules of each extra, and a one-line error if one is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

from langgraph_dba.errors import InputError


@dataclass(frozen=True, slots=True)
class Extra:
    """One extra of the distribution: the modules that it installs, and what needs them."""

    modules: tuple[str, ...]
    purpose: str


EXTRAS: Mapping[str, Extra] = MappingProxyType(
    {
        "session": Extra(
            ("alembic", "sqlacodegen", "pytest", "langgraph.checkpoint.sqlite"),
            "a session (models, migrations, generated tests, checkpoints)",
        ),
        "report": Extra(("mmdr",), "drawing SVG and PNG pictures"),
    }
)


def install_hint(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'langgraph-dba[{extra}]'"


def missing_modules(extra: str) -> tuple[str, ...]:
    """Return the modules of an extra that are not installed."""
    return tuple(module for module in EXTRAS[extra].modules if not _is_installed(module))


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # find_spec imports the parent package, which is missing
        return False


def require_extra(extra: str) -> None:
    """Raise InputError, with the command that installs it, if an extra is not installed completely."""
    # called before the work starts: otherwise a session would end in the middle with an ImportError
    missing = missing_modules(extra)
    if missing:
        raise InputError(f"{EXTRAS[extra].purpose} needs {', '.join(missing)}: {install_hint(extra)}")
