"""Files that must not be read: pipes, devices, sockets, folders in the place of files, and texts that cost minutes."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from command_line import run

from langgraph_dba.agents.team.agent_team import load_team
from langgraph_dba.database.requirements.file import load_requirements
from langgraph_dba.errors import InputError, RequirementsError, TeamError
from langgraph_dba.input_file import read_bytes

AGENT = "---\nname: a\ndescription: b\n---\nText\n"


@pytest.fixture(autouse=True)
def hang() -> Iterator[None]:
    """Fail a test that waits for a pipe."""

    def fail(*_: object) -> None:
        raise AssertionError("a read waits for a file")

    signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, 20)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)  # the path of a socket has at most 107 bytes
        server.bind(path.name)


KINDS: dict[str, Callable[[Path], None]] = {
    "a named pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a socket": _socket,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_regular_file_is_read(tmp_path: Path, kind: str) -> None:
    KINDS[kind](tmp_path / "x")

    with pytest.raises(OSError, match=f"{kind}, not a regular file"):
        read_bytes(tmp_path / "x", 1_000)


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 1_000)
    (tmp_path / "link").symlink_to(tmp_path / "x")

    assert read_bytes(tmp_path / "link", 1_000) == b"x" * 1_000
    with pytest.raises(OSError, match="larger than 999 bytes"):
        read_bytes(tmp_path / "x", 999)


READERS = {
    "r.yaml": "session --requirements r.yaml --out out",
    "dump.sql": "review dump.sql",
    "folder/schema.sqlite.sql": "review folder",
    "folder/schema.json": "review folder",
    "team/b.md": "team check team",
}
# a folder is a valid argument of `review`, and no agent file
PAIRS = [(file, kind) for file in READERS for kind in KINDS if kind != "a folder" or file.startswith(("folder", "r"))]


@pytest.mark.parametrize(("file", "kind"), PAIRS)
def test_a_command_refuses_it_with_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: str, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("team", "folder"):
        Path(folder).mkdir()
    Path("team/a.md").write_text(AGENT)
    Path("folder/schema.json").write_text('{"name": "s", "tables": []}')
    Path("folder/schema.sqlite.sql").write_text("CREATE TABLE a (id INTEGER PRIMARY KEY);")
    Path(file).unlink(missing_ok=True)
    KINDS[kind](Path(file))

    code = run(monkeypatch, *READERS[file].split())

    message = capsys.readouterr().err.strip()
    assert code == 2
    assert "\n" not in message
    assert f"{kind}, not a regular file" in message
    assert Path(file).name in message


# Texts on which a parser or a check may spend long.
TEXTS = {
    "opened lists": "[" * 4_000,
    "opened mappings": "{" * 4_000,
    "nested lists": "- " * 30_000,
    "deep mappings": "\n".join(" " * level + "a:" for level in range(300)),
    "aliases": "a: &a [1, 1]\n" + "\n".join(f"{b}: &{b} [{f'*{a}, ' * 9}]" for a, b in pairwise("abcdefghi")),
    "a long number": "a: " + "9" * 60_000,
    "keys without values": "a:\n" * 20_000,
    "duplicate keys": "<<: \n" * 200_000,
    "items": "a:\n-" * 20_000,
    "one long line": "a: " + "x " * 500_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_is_refused_soon(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.md").write_text(f"---\n{TEXTS[name][:60_000]}\n---\nText\n")
    (tmp_path / "r.yaml").write_text(TEXTS[name])
    took: list[float] = []
    for read, error in ((load_team, TeamError), (load_requirements, RequirementsError)):
        began = time.monotonic()
        with pytest.raises(error):
            read(tmp_path if error is TeamError else tmp_path / "r.yaml")
        took.append(time.monotonic() - began)

    assert max(took) < 6  # 2 s, and what a busy machine adds


def test_a_text_that_takes_too_long_is_named_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_dba.database.requirements.file.PARSE_LIMIT_S", 0.01)
    (tmp_path / "r.yaml").write_text(TEXTS["duplicate keys"])

    with pytest.raises(InputError, match=r"r\.yaml: takes more than 0\.01 s to read"):
        load_requirements(tmp_path / "r.yaml")
