"""A session's output folder: files are replaced whole or not at all, and one process at a time writes into it."""

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
    """`path` holds what people read; `.session` in it what a resumed run needs."""

    def __init__(self, path: Path) -> None:
        """Remember the place; nothing is made yet."""
        self.path = path
        self._private = path / _PRIVATE
        self._written: dict[str, str] = {}

    @property
    def checkpoints(self) -> Path:
        """The database of the run's checkpoints."""
        return self._private / "checkpoints.sqlite"

    def create(self, inputs: Mapping[str, Any]) -> None:
        """Make the folder for a new session; SessionError if something is there already."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise SessionError(
                f"{self.path} is not an empty folder: name another one with --out, "
                f"or go on with what it holds: langgraph-dba session --resume {self.path}"
            )
        try:
            self._private.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SessionError(f"{self.path} cannot be made: {error.strerror}") from None
        self.write({f"{_PRIVATE}/inputs.json": json.dumps(inputs, indent=2) + "\n"})

    def inputs(self) -> dict[str, Any]:
        """Return what the session was started with; SessionError if this is no session's folder."""
        try:
            found: dict[str, Any] = json.loads((self._private / "inputs.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise SessionError(f"{self.path} holds no session to resume: start one with --out {self.path}") from None
        return found

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out; SessionError if one is at work here. The lock ends with its process."""
        with (self._private / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SessionError(f"another process is at work in {self.path}: wait for it, or end it") from None
            yield

    def write(self, files: Mapping[str, str]) -> list[str]:
        """Write texts by their path below the folder, each atomically, and return the paths that changed."""
        changed = [path for path, text in files.items() if self._written.get(path) != text]
        for path in changed:
            self._replace(path, files[path])
            self._written[path] = files[path]
        return changed

    def _replace(self, path: str, text: str) -> None:
        parts = PurePosixPath(path).parts
        if PurePosixPath(path).is_absolute() or ".." in parts:
            raise SessionError(f"{path!r} lies outside the output folder: nothing is written there")
        place = self.path.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        pending = place.with_name(f".{place.name}.part")
        pending.write_text(text, encoding="utf-8")
        os.replace(pending, place)  # noqa: PTH105  atomic, and says so
