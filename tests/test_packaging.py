"""The wheel, built through the sdist, holds exactly the package."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "langgraph_dba"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    # without isolation: building must not reach for the network
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def _passing(path: Path) -> bool:
    """What tools leave behind while they run is no part of the tree."""
    return any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(PACKAGE).parts)


def _files_of_the_tree() -> set[str]:
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and not _passing(path))
    return {str(path.relative_to(ROOT / "src")) for path in files}


def test_the_wheel_built_through_the_sdist_holds_exactly_the_package(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert names == _files_of_the_tree()
    assert "langgraph_dba/py.typed" in names


def test_the_sdist_holds_the_package_and_its_papers(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}

    papers = {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert {name.removeprefix("src/") for name in names} - papers == _files_of_the_tree()


@pytest.mark.parametrize("name", ["agents", "graph", "handoffs"])
def test_the_links_at_the_top_lead_into_the_package(name: str) -> None:
    assert (ROOT / name).is_symlink()
    assert (ROOT / name).resolve() == PACKAGE / name


def test_constraints_pin_versions_and_nothing_else() -> None:
    """A frozen environment also lists the project itself, by a path that exists on one machine."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.+!]+", line)] == []
