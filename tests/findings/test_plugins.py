from pathlib import Path
from types import ModuleType

import fake_distribution
import pytest

from langgraph_dba.plugins import kebab_name, load_plugins, missing_parts, plugin_points

pytestmark = pytest.mark.usefixtures("fresh_plugins")
GROUP = "langgraph_dba.tests"


def _needs_check(module: ModuleType) -> str:
    return missing_parts(module, ["check"])


def test_a_group_without_entry_points_is_empty() -> None:
    plugins = load_plugins(GROUP, _needs_check)

    assert (plugins.modules, plugins.broken) == ((), ())


def test_modules_are_sorted_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"z_last": "check = 1", "a_first": "check = 2"})

    assert [module.__name__ for module in load_plugins(GROUP, _needs_check).modules] == [
        "somebodys.a_first", "somebodys.z_last",
    ]  # fmt: skip


def test_every_broken_plugin_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {
        "half": "",
        "imports_nothing": "raise ImportError('no such package')",
        "raises": "raise SystemError('half built')",
        "taken_name": "check = 1",
        "whole": "check = 1",
    }
    fake_distribution.install(tmp_path, monkeypatch, GROUP, sources)

    plugins = load_plugins(GROUP, _needs_check, reserved={"taken-name"})

    assert [module.__name__ for module in plugins.modules] == ["somebodys.whole"]
    assert [str(broken) for broken in plugins.broken] == [
        "half (somebodys.half of somebodys) lacks check",
        "imports_nothing (somebodys.imports_nothing of somebodys) cannot be imported: ImportError: no such package",
        "raises (somebodys.raises of somebodys) cannot be imported: SystemError: half built",
        "taken_name (somebodys.taken_name of somebodys) has the name taken-name, which exists already: rename it",
    ]


def test_reading_the_list_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_distribution.install(tmp_path, monkeypatch, GROUP, {"raises": "raise SystemError"})

    assert [point.value for point in plugin_points(GROUP)] == ["somebodys.raises"]


def test_a_name_is_the_module_name_in_kebab_case() -> None:
    assert kebab_name("some.package.money_as_float") == "money-as-float"
