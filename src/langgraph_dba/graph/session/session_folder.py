"""A session's output folder: files are replaced atomically, and a lock allows one writing process at a time."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph_dba.cancellation import check_cancelled
from langgraph_dba.database import session_files
from langgraph_dba.database.session_files import json_text
from langgraph_dba.errors import SessionError
from langgraph_dba.folder_writer import FolderWriter
from langgraph_dba.graph.session.written_files import WrittenFiles, edited_error

_PRIVATE = ".session"
_LOCK = f"{_PRIVATE}/lock"
_RUNS = "runs"
_FIRST_RUN, _LONGEST_NUMBER = 1, 9
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
        self._record = WrittenFiles(path, self._writer)

    @property
    def checkpoints(self) -> Path:
        """Return the path of the SQLite database with the run's checkpoints."""
        return self.path / _PRIVATE / "checkpoints.sqlite"

    @property
    def inputs_file(self) -> Path:
        """Return the path of the inputs that the session was started with."""
        return self.path / _INPUTS

    def new_run(self) -> "SessionFolder":
        """Return this folder, or if it has a session, a new one in it: `runs/2` and so on."""
        if not self.inputs_file.is_file() or self.path.is_symlink():
            return self
        with _refusals():
            self._writer.make_folder(_RUNS)
            number = max(self._runs(), default=_FIRST_RUN)
            while True:
                number += 1
                try:
                    (self.path / _RUNS / str(number)).mkdir()
                except FileExistsError:  # another process has made it meanwhile
                    continue
                return SessionFolder(self.path / _RUNS / str(number))

    def newest_run(self) -> "SessionFolder":
        """Return the folder of the newest run in this one, which may be this one."""
        numbers = self._runs()
        return SessionFolder(self.path / _RUNS / str(max(numbers))) if numbers else self

    def _runs(self) -> list[int]:
        folder = self.path / _RUNS
        if not folder.is_dir() or folder.is_symlink():
            return []
        runs = [path for path in folder.iterdir() if path.name.isascii() and path.name.isdecimal()]
        return [int(path.name) for path in runs if len(path.name) < _LONGEST_NUMBER]

    def create(self, inputs: Mapping[str, Any]) -> None:
        """Create the folder for a new session; SessionError if it is a link, or exists and is not empty."""
        self.check_new()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SessionError(f"cannot create {self.path}: {error.strerror}") from None
        self.write({_INPUTS: json_text(inputs)})

    def check_new(self) -> None:
        """Raise SessionError if the folder is a link, or exists and is not empty."""
        if self.path.is_symlink():
            raise SessionError(f"{self.path} is a link: name the folder that it leads to with --out")
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise SessionError(
                f"{self.path} is not an empty folder: name another one with --out, "
                f"or resume the session in it: langgraph-dba session --resume {self.path}, "
                f"or run its edited requirements again: --requirements {self.path / session_files.REQUIREMENTS}"
            )

    @classmethod
    def of_file(cls, file: Path) -> "SessionFolder | None":
        """Return the folder of the session to which a file belongs, without the number of its run; None without one."""
        folder = file.parent
        if folder.parent.name == _RUNS and folder.name.isdecimal():
            folder = folder.parent.parent
        return cls(folder) if (folder / _INPUTS).is_file() else None

    def check(self) -> None:
        """Raise SessionError if the folder has no session, private files lead to other places, or a file was edited."""
        if not self.inputs_file.is_file() and not self.path.is_symlink():
            raise SessionError(f"{self.path} has no session to resume: start one with --out {self.path}")
        with _refusals():
            self._writer.check_files(_PRIVATE)
            edited = self._record.edited()
        if edited:
            raise edited_error(self.path, edited, session_files.REQUIREMENTS)

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
        """Write texts by their path relative to the folder, each atomically; return the paths that changed.

        SessionError if one of them holds what the session did not write.
        """
        # The graph streams all artifacts after every step: skipping equal texts avoids rewriting every file each time.
        changed = [path for path, text in files.items() if self._written.get(path) != text]
        for path in changed:
            check_cancelled()
            self._write(path, files[path].encode(errors="backslashreplace"))
            self._written[path] = files[path]
        return changed

    def _write(self, path: str, content: bytes) -> None:
        with _refusals():
            if not path.startswith(_PRIVATE):
                if self._record.edited([path]):
                    raise edited_error(self.path, [path], session_files.REQUIREMENTS)
                self._record.note(path, content)
            self._writer.write(path, content)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SessionError(f"{error.filename} {error.strerror}: nothing was written there") from None
