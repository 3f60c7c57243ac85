"""Every example of a session and of a team runs."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def _example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(name).stem, EXAMPLES / name)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_project_manager_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = _example("project_manager_session.py").main(out=tmp_path / "out")

    assert (result.status, result.exit_code) == ("completed", 0)
    assert "supported  tenant-isolation" not in capsys.readouterr().out


def test_own_team() -> None:
    final = _example("own_team/run.py").main()

    assert final["status"] == "completed"
    assert [(h["from"], h["to"]) for h in final["handoffs"]] == [
        ("planner", "builder"),
        ("builder", "checker"),
        ("checker", "builder"),
        ("builder", "checker"),
    ]
