"""Every block of Python in the documents runs, in order, and the text behind a block is what it prints."""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its code, its line, and what it must print, if the document says so."""

    code: str
    line: int
    printed: str | None


def blocks(text: str) -> Iterator[Block]:
    for found in BLOCK.finditer(text):
        yield Block(found["code"], text.count("\n", 0, found.start()) + 2, found["printed"])


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository's root as the current folder, except that what is written there is gone afterwards."""
    for item in ROOT.iterdir():
        (tmp_path / item.name).symlink_to(item)
    monkeypatch.chdir(tmp_path)


WITH_CODE = [document for document in DOCUMENTS if BLOCK.search(document.read_text(encoding="utf-8"))]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("document", WITH_CODE, ids=lambda document: document.name)
def test_the_code_of_a_document_runs_and_prints_what_it_shows(document: Path) -> None:
    namespace: dict[str, Any] = {}

    for block in blocks(document.read_text(encoding="utf-8")):
        # the empty lines in front make a traceback name the document's own line
        code = compile("\n" * (block.line - 1) + block.code, str(document), "exec")
        with redirect_stdout(io.StringIO()) as printed:
            exec(code, namespace)
        assert block.printed in {None, printed.getvalue()}, f"{document}:{block.line} printed {printed.getvalue()}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_what_a_document_links_to_exists(document: Path) -> None:
    missing = [
        target
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]

    assert missing == []


def test_blocks_are_found_with_their_lines_and_what_they_print() -> None:
    text = "a\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n\n```python\nx = 1\n```\nb\n"

    assert list(blocks(text)) == [Block("print(1)\n", 4, "1\n"), Block("x = 1\n", 12, None)]
