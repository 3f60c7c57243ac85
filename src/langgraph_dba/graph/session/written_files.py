"""The digests of the files that a session wrote, in its private folder: an edited file is recognised, and kept."""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from langgraph_dba.errors import SessionError
from langgraph_dba.folder_writer import FolderWriter
from langgraph_dba.input_file import read_bytes

RECORD = ".session/written.jsonl"
_LARGEST_BYTES = 20_000_000


class WrittenFiles:
    """The record of one folder. OSError if its file cannot be read or written."""

    def __init__(self, folder: Path, writer: FolderWriter) -> None:
        """Read nothing yet."""
        self._folder, self._writer = folder, writer
        self._digests: dict[str, set[str]] | None = None

    def note(self, path: str, content: bytes) -> None:
        """Record a content before it is written: a killed session leaves the old content or this one."""
        digest = _digest(content)
        if digest in self._known()[path]:
            return
        self._known()[path].add(digest)
        record = self._writer.open_in_place(RECORD)
        try:
            # on a new line: a killed session can leave an unfinished one
            os.lseek(record, 0, os.SEEK_END)
            os.write(record, b"\n" + json.dumps({"path": path, "sha256": digest}).encode())
        finally:
            os.close(record)

    def edited(self, paths: Iterable[str] | None = None) -> list[str]:
        """Return those of the paths (None: all that were written) that hold what the session did not write."""
        known = self._known()
        return [path for path in (sorted(known) if paths is None else paths) if self._is_edited(path, known[path])]

    def _is_edited(self, path: str, digests: set[str]) -> bool:
        file = self._folder / path
        if not file.is_file() or file.is_symlink():
            return False
        return _digest(read_bytes(file, _LARGEST_BYTES)) not in digests

    def _known(self) -> dict[str, set[str]]:
        if self._digests is None:
            self._digests = defaultdict(set)
            for path, digest in _records(self._folder / RECORD):
                self._digests[path].add(digest)
        return self._digests


def _records(file: Path) -> Iterable[tuple[str, str]]:
    if not os.path.lexists(file):
        return
    for line in read_bytes(file, _LARGEST_BYTES).splitlines():
        try:
            item = json.loads(line)
            yield str(item["path"]), str(item["sha256"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # a file without a record counts as edited


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def edited_error(folder: Path, edited: list[str], requirements: str) -> SessionError:
    """Return the error that names the edited files, and how to continue from them."""
    return SessionError(
        f"{folder}: edited since the session wrote them, and not overwritten: {', '.join(edited)}. To continue from an "
        f"edited {requirements}: langgraph-dba session --requirements {folder / requirements}; to check edited "
        f"statements: langgraph-dba prove {folder}; to resume without the edits, move these files away"
    )
