"""What is written below a folder stays in it, whatever somebody has put there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_dba.folder_writer import FolderWriter


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "victim").write_text("theirs")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def test_files_and_their_folders_are_created_and_replaced(folder: Path) -> None:
    for text in (b"first", b"second"):
        FolderWriter(folder).write("a/b/c.txt", text)

    assert (folder / "a/b/c.txt").read_bytes() == b"second"
    assert [path.name for path in (folder / "a/b").iterdir()] == ["c.txt"]


@pytest.mark.parametrize("name", ["c.txt", ".c.txt.part"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_is_replaced_and_not_followed(
    folder: Path, outside: Path, link: Callable[[Path, Path], None], name: str
) -> None:
    link(outside / "victim", folder / name)

    FolderWriter(folder).write("c.txt", b"ours")

    assert (outside / "victim").read_text() == "theirs"
    assert [(path.name, path.is_symlink(), path.read_text()) for path in folder.iterdir()] == [("c.txt", False, "ours")]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/tmp/x", "", ".", "a\0b"])
def test_a_name_that_leaves_the_folder_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(OSError, match="has no place for"):
        FolderWriter(folder).write(name, b"x")

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("at", ["folder", "folder/a", "folder/a/b"])
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, outside: Path, at: str) -> None:
    (tmp_path / at).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / at).symlink_to(outside, target_is_directory=True)

    with pytest.raises(OSError, match=f"is a link: .*{at}'$"):
        FolderWriter(tmp_path / "folder").write("a/b/c.txt", b"x")

    assert [path.name for path in outside.iterdir()] == ["victim"]


def _fifo(path: Path, _: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("plant", "reason"),
    [
        (lambda path, victim: path.symlink_to(victim), "is a link"),
        (lambda path, victim: os.link(victim, path), "has a second name"),
        (_fifo, "is not a regular file"),
    ],
)
def test_only_an_own_file_is_opened_in_place(
    folder: Path, outside: Path, plant: Callable[[Path, Path], None], reason: str
) -> None:
    plant(folder / "lock", outside / "victim")

    with pytest.raises(OSError, match=reason):
        FolderWriter(folder).open_in_place("lock")
    with pytest.raises(OSError, match=reason):
        FolderWriter(folder.parent).check_files("folder")

    assert (outside / "victim").read_text() == "theirs"


def test_opening_in_place_keeps_the_content(folder: Path) -> None:
    (folder / "lock").write_text("kept")

    os.close(FolderWriter(folder).open_in_place("lock"))
    os.close(FolderWriter(folder).open_in_place("new/lock"))

    assert ((folder / "lock").read_text(), (folder / "new/lock").read_text()) == ("kept", "")
