"""A session's output folder: files are replaced atomically, and a lock allows one writing process at a time."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from langgraph_dba.errors import SessionError

_PRIVATE = ".session"


class SessionFolder:
    """The folder `path` with the session's files; its subfolder `.session` has what a resumed run needs."""

    def __init__(self, path: Path) -> None:
        """Store the path; `create` makes the folder."""
        self.path = path
        self._private = path / _PRIVATE
        self._written: dict[str, str] = {}

    @property
    def checkpoints(self) -> Path:
        """Return the path of the SQLite database with the run's checkpoints."""
        return self._private / "checkpoints.sqlite"

    def create(self, inputs: Mapping[str, Any]) -> None:
        """Create the folder for a new session; SessionError if it exists and is not empty."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise SessionError(
                f"{self.path} is not an empty folder: name another one with --out, "
                f"or resume the session in it: langgraph-dba session --resume {self.path}"
            )
        try:
            self._private.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SessionError(f"cannot create {self.path}: {error.strerror}") from None
        self.write({f"{_PRIVATE}/inputs.json": json.dumps(inputs, indent=2) + "\n"})

    def inputs(self) -> dict[str, Any]:
        """Return the inputs that the session was started with; SessionError if the folder has no session."""
        try:
            inputs: dict[str, Any] = json.loads((self._private / "inputs.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise SessionError(f"{self.path} has no session to resume: start one with --out {self.path}") from None
        return inputs

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; SessionError if another process holds it."""
        with (self._private / "lock").open("w") as lock:
            # flock and not a lock file: the kernel releases it when the process is killed, so no stale lock remains.
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SessionError(
                    f"another process is running a session in {self.path}: wait for it, or end it"
                ) from None
            yield

    def write(self, files: Mapping[str, str]) -> list[str]:
        """Write texts by their path relative to the folder, each atomically; return the paths that changed."""
        # The graph streams all artifacts after every step: skipping equal texts avoids rewriting every file each time.
        changed = [path for path, text in files.items() if self._written.get(path) != text]
        for path in changed:
            self._replace(path, files[path])
            self._written[path] = files[path]
        return changed

    def _replace(self, path: str, text: str) -> None:
        parts = PurePosixPath(path).parts
        if PurePosixPath(path).is_absolute() or ".." in parts:
            raise SessionError(f"cannot write {path!r}: it is outside the output folder")
        target = self.path.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder, because a rename is atomic only within one file system.
        pending = target.with_name(f".{target.name}.part")
        pending.write_text(text, encoding="utf-8")
        os.replace(pending, target)  # noqa: PTH105  documented as atomic
