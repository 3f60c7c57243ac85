"""Trials: what an agent wrote runs in a process of its own, beside a scratch database that nobody else uses.

Only what was seen refutes: an engine that is missing or breaks down, a disk that is full and a run without an end give
`not run`.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from langgraph_dba.database.engines import Engine, Scratch, engines_for
from langgraph_dba.database.engines.servers.private_folder import PrivateFolder
from langgraph_dba.errors import EngineError, EngineUnavailable, OverLimit
from langgraph_dba.evidence import Claim, Evidence

_LIMIT_S = 180.0
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
_FOLDER_PREFIX = "dba-trial-"


def check_on_engine(claim: Claim, name: str, check: Callable[[Engine], Evidence]) -> Evidence:
    """Return the evidence of a check on the engine of that name; `not run` if the engine cannot be used or fails."""
    engine = engines_for([name])[name]
    if isinstance(engine, EngineUnavailable):
        return claim.not_run(name, str(engine))
    try:
        return check(engine)
    except EngineError as error:
        return claim.not_run(name, str(error))


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process left: its exit code and all it printed."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A folder with files, an empty scratch database, and `reference()`, which opens one with the schema."""

    folder: Path
    scratch: Scratch
    reference: Callable[[], AbstractContextManager[Scratch]]

    def run(self, arguments: Sequence[str], extra: Mapping[str, str]) -> Finished:
        """Run this interpreter with `arguments` in the folder; no key, no URL and no setting of the user's reaches it.

        OverLimit where it found no end; EngineError where it failed and the engine would have failed anybody.
        """
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **extra}
        try:
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_LIMIT_S,
                check=False,
                text=True,
            )
        except subprocess.TimeoutExpired:
            raise OverLimit(f"no answer after {_LIMIT_S:.0f} s") from None
        if done.returncode < 0:  # out of memory, above all
            raise EngineError(f"the process was ended by signal {-done.returncode}")
        if done.returncode:
            self._control()
        return Finished(done.returncode, done.stdout)

    def _control(self) -> None:
        """A failure says something of the files only where the database is still there and another one can be made."""
        with self.scratch.connect() as connection:
            connection.run("SELECT 1")
        with self.reference():
            pass


@contextmanager
def trial(engine: Engine, files: Mapping[str, str], statements: str, *, app_role: str) -> Iterator[Trial]:
    """Lay files, by their paths, beside an empty scratch database; both are removed, also after a crash.

    `statements` make the schema that the files claim to make or to test.
    """
    folder = PrivateFolder(_FOLDER_PREFIX)
    try:
        _write(folder.path, files)
        with engine.scratch("", app_role=app_role) as scratch:
            yield Trial(folder.path, scratch, lambda: engine.scratch(statements, app_role=app_role))
    finally:
        folder.remove()


def _write(folder: Path, files: Mapping[str, str]) -> None:
    try:
        for path, text in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EngineUnavailable(f"the files of a trial cannot be written: {error}") from None
