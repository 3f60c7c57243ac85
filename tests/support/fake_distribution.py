"""A distribution on `sys.path` that brings plugins, as an installed package would."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from langgraph_dba.plugins import plugin_points


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, group: str, modules: Mapping[str, str], name: str = "somebodys"
) -> None:
    """Write a package of these modules (name → source), one entry point each, and forget what was read before."""
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    for module, source in modules.items():
        (package / f"{module}.py").write_text(source, encoding="utf-8")
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    points = "\n".join(f"{module} = {name}.{module}" for module in modules)
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{points}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    plugin_points.cache_clear()


def forget(name: str = "somebodys") -> None:
    """Forget what was read of the entry points, and the modules of such a package."""
    plugin_points.cache_clear()
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]
