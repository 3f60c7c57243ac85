"""Run generated code (models, migrations, test suites) beside a scratch database that nothing else uses.

Only a counterexample refutes: a missing engine, an engine that breaks down, a full disk and a run without an end give
`not run`.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from langgraph_dba.agents.kit.fork_server import FORK_SERVER
from langgraph_dba.database.engines import Engine, Scratch, engines_for
from langgraph_dba.database.engines.servers.private_folder import PrivateFolder
from langgraph_dba.errors import EngineError, EngineUnavailable
from langgraph_dba.evidence import Claim, Evidence

_LIMIT_S = 180.0
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR")  # no key, no URL and no setting of the user's
_FOLDER_PREFIX = "dba-trial-"
_OUTPUT = ".output"


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
class FinishedRun:
    """The exit code of a process, and its standard output and error."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class CodeRun:
    """A folder with generated files, an empty scratch database, and `reference()`, which opens one with the schema."""

    folder: Path
    scratch: Scratch
    reference: Callable[[], AbstractContextManager[Scratch]]

    def run(self, arguments: Sequence[str], variables: Mapping[str, str]) -> FinishedRun:
        """Run `[-W ACTION] -c CODE` or `[-W ACTION] -m MODULE ARGUMENT…` in the folder, in a process of its own.

        OverLimit if it does not end in time; EngineError if it failed and any other code would have failed too.
        """
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {"HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **variables}
        output = self.folder / _OUTPUT
        code = FORK_SERVER.run(arguments, folder=self.folder, output=output, environment=environment, limit_s=_LIMIT_S)
        if code < 0:  # most often, the system ran out of memory
            raise EngineError(f"the process was ended by signal {-code}")
        if code:
            self._check_environment()
        return FinishedRun(code, output.read_text(encoding="utf-8", errors="replace") if output.exists() else "")

    def _check_environment(self) -> None:
        """Raise EngineError if the database is gone or no other can be made: the failure is then not the code's."""
        with self.scratch.connect() as connection:
            connection.run("SELECT 1")
        with self.reference():
            pass


@contextmanager
def code_run(engine: Engine, files: Mapping[str, str], statements: str, *, app_role: str) -> Iterator[CodeRun]:
    """Write files by their relative paths and open an empty scratch database; remove both, also after a crash.

    `statements` create the schema that the files should create or test.
    """
    folder = PrivateFolder(_FOLDER_PREFIX)
    try:
        _write(folder.path, files)
        with engine.scratch("", app_role=app_role) as scratch:
            yield CodeRun(folder.path, scratch, lambda: engine.scratch(statements, app_role=app_role))
    finally:
        folder.remove()


def _write(folder: Path, files: Mapping[str, str]) -> None:
    try:
        for relative, text in files.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EngineUnavailable(f"generated files cannot be written: {error}") from None
