"""A session's output folder: files are replaced atomically, and a lock allows one writing process at a time."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.database.session_files import json_text
from langgraph_dba.errors import SessionError
from langgraph_dba.folder_writer import FolderWriter

_PRIVATE = ".session"
_LOCK = f"{_PRIVATE}/lock"
_INPUTS = f"{_PRIVATE}/inputs.json"


class SessionFolder:
    """The folder `path` with the session's files; its subfolder `.session` has what a resumed run needs.

    Nothing in it is followed as a link, because the folder may come from somebody else. Every method raises
    SessionError if the folder cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Store the path; `create` makes the folder."""
        self.path = path
        self._writer = FolderWriter(path)
        self._written: dict[str, str] = {}

    @property
    def checkpoints(self) -> Path:
        """Return the path of the SQLite database with the run's checkpoints."""
        return self.path / _PRIVATE / "checkpoints.sqlite"

    @property
    def inputs_file(self) -> Path:
        """Return the path of the inputs that the session was started with."""
        return self.path / _INPUTS

    def create(self, inputs: Mapping[str, Any]) -> None:
        """Create the folder for a new session; SessionError if it is a link, or exists and is not empty."""
        if self.path.is_symlink():
            raise SessionError(f"{self.path} is a link: name the folder that it leads to with --out")
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise SessionError(
                f"{self.path} is not an empty folder: name another one with --out, "
                f"or resume the session in it: langgraph-dba session --resume {self.path}"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SessionError(f"cannot create {self.path}: {error.strerror}") from None
        self.write({_INPUTS: json_text(inputs)})

    def check(self) -> None:
        """Raise SessionError if the folder has no session, or its private files lead to other places."""
        if not self.inputs_file.is_file() and not self.path.is_symlink():
            raise SessionError(f"{self.path} has no session to resume: start one with --out {self.path}")
        with _refusals():
            self._writer.check_files(_PRIVATE)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; SessionError if another process holds it."""
        with _refusals():
            lock = self._writer.open_in_place(_LOCK)
        try:
            # flock and not a lock file: the kernel releases it when the process is killed, so no stale lock remains.
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SessionError(
                    f"another process is running a session in {self.path}: wait for it, or end it"
                ) from None
            yield
        finally:
            os.close(lock)

    def write(self, files: Mapping[str, str]) -> list[str]:
        """Write texts by their path relative to the folder, each atomically; return the paths that changed."""
        # The graph streams all artifacts after every step: skipping equal texts avoids rewriting every file each time.
        changed = [path for path, text in files.items() if self._written.get(path) != text]
        for path in changed:
            check_cancelled()
            with _refusals():
                self._writer.write(path, files[path].encode(errors="backslashreplace"))
            self._written[path] = files[path]
        return changed


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SessionError(f"{error.filename} {error.strerror}: nothing was written there") from None
