"""Commands on folders that somebody else prepared: nothing of them runs, and nothing outside them changes."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hostile_folders import Plant, Site
from hostile_plants import PLANTS
from usable_engines import usable

from langgraph_dba.cli import main
from langgraph_dba.confinement import WRITES, unenforced
from langgraph_dba.graph.session.session_run import Event, run_session

REQUEST = "a shop with customers and orders"
ARGUMENTS = {
    "resume": ("session", "--resume", "{folder}"),
    "prove": ("prove", "{folder}"),
    "review": ("review", "{folder}/dump.sql", "--budget", "5"),
    "check": ("team", "check", "{folder}"),
}
# bell and escape, and the characters that reorder a line
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A session that was stopped, one that has ended, and an empty folder."""
    base = tmp_path_factory.mktemp("hostile")
    (base / "empty").mkdir()

    def stop(event: Event) -> None:
        if (event.kind, event.what) == ("file", "schema.json"):
            raise Stopped

    with pytest.raises(Stopped):
        run_session(REQUEST, out=base / "stopped", engines=("sqlite",), progress=stop)
    run_session(REQUEST, out=base / "ended", engines=("sqlite",))
    return {path.name: path for path in base.iterdir()}


@pytest.fixture
def parent() -> Iterator[Path]:
    """A folder that every account can write in, as servers have one of their own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def _site(parent: Path, folder: Path) -> Site:
    site = Site(parent / "folder", parent / "marker", parent / "outside")
    shutil.copytree(folder, site.folder)
    site.outside.mkdir()
    (site.outside / "victim.txt").write_text("somebody else's\n")
    return site


def _state(plant: Plant) -> str:
    return plant.state or {"resume": "stopped", "check": "empty"}.get(plant.command, "ended")


def _digests(parent: Path, *, without: Path) -> dict[str, str]:
    """Return a digest of every file below a folder except those of the session; links are not followed."""
    found: dict[str, str] = {}
    for path in parent.rglob("*"):
        if path == without or path.is_relative_to(without):
            continue
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = hashlib.sha256(content).hexdigest()
    return found


def _in_process(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Outcome:
    monkeypatch.setattr("sys.argv", ["langgraph-dba", *arguments])
    capfd.readouterr()
    with pytest.raises(SystemExit) as end:
        main()
    printed = capfd.readouterr()
    return Outcome(int(end.value.code or 0), printed.out, printed.err)


def _child(arguments: list[str], folder: Path) -> Outcome:
    command = [sys.executable, "-P", "-m", "langgraph_dba", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANGGRAPH_STRICT")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", timeout=120, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _check(plant: Plant, site: Site, before: dict[str, str], outcome: Outcome) -> None:
    assert not site.marker.exists(), "planted code ran"
    assert _digests(site.folder.parent, without=site.folder) == before
    assert "Traceback" not in outcome.err + outcome.out
    assert not CONTROL.search(outcome.out), repr(outcome.out)
    assert not CONTROL.search(outcome.err), repr(outcome.err)
    assert outcome.code in {0, 1, 2}
    if plant.names:
        assert outcome.code in {1, 2}
        assert plant.names in outcome.err
        assert str(site.folder) in outcome.err


@pytest.mark.parametrize("plant", [plant for plant in PLANTS if not plant.needs], ids=str)
def test_a_plant_does_nothing(
    plant: Plant,
    folders: dict[str, Path],
    parent: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    site = _site(parent, folders[_state(plant)])
    plant.change(site)
    before = _digests(parent, without=site.folder)
    monkeypatch.chdir(site.folder)

    outcome = _in_process([one.format(folder=site.folder) for one in ARGUMENTS[plant.command]], monkeypatch, capfd)

    _check(plant, site, before, outcome)


@pytest.mark.heavy
@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_plant_does_nothing_in_a_process_of_its_own(plant: Plant, folders: dict[str, Path], parent: Path) -> None:
    if plant.needs:
        usable(plant.needs)
    if plant.needs_confinement and WRITES in unenforced():
        pytest.skip("this machine has no Landlock")
    site = _site(parent, folders[_state(plant)])
    plant.change(site)
    before = _digests(parent, without=site.folder)

    outcome = _child([one.format(folder=site.folder) for one in ARGUMENTS[plant.command]], site.folder)

    _check(plant, site, before, outcome)


@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_new_session_does_not_follow_a_link(
    parent: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *, is_dangling: bool
) -> None:
    """Planted in the place of the default folder."""
    outside = parent / "outside"
    if not is_dangling:
        outside.mkdir()
    (parent / "dba-out").symlink_to(outside)
    monkeypatch.chdir(parent)

    outcome = _in_process(["session", REQUEST, "--engine", "sqlite"], monkeypatch, capfd)

    assert (outcome.code, "dba-out is a link" in outcome.err) == (2, True)
    assert [path.name for path in parent.rglob("*") if path.name not in {"outside", "dba-out"}] == []


def test_there_are_enough_plants() -> None:
    assert len(PLANTS) >= 40
