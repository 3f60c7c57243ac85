"""Run generated code (models, migrations, test suites) beside a scratch database that nothing else uses.

Only a counterexample refutes: a missing engine, an engine that breaks down, a full disk and a run without an end give
`not run`.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from langgraph_dba.agents.kit.fork_server import FORK_SERVER, Reach
from langgraph_dba.confinement import MEMORY_BYTES, unenforced
from langgraph_dba.database.engines import Engine, Scratch, engines_for
from langgraph_dba.database.engines.servers.private_folder import PrivateFolder
from langgraph_dba.errors import EngineError, EngineUnavailable, OverLimit
from langgraph_dba.evidence import Claim, Evidence
from langgraph_dba.folder_writer import FolderWriter

_LIMIT_S = 180.0
_INHERITED = ("PATH", "LANG", "LC_ALL")  # no key, no URL and no setting of the user's
_HOME, _TEMPORARY = ".home", ".tmp"  # empty folders: no program finds a setting of the user's in them
_FOLDER_PREFIX = "dba-trial-"
_OUTPUT = ".output"
_USUAL_PORTS = (5432, 3306)  # of a server whose URL has none


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
        environment |= {"HOME": str(self.folder / _HOME), "TMPDIR": str(self.folder / _TEMPORARY)}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **variables}
        output, reach = self.folder / _OUTPUT, _reach(self.scratch.url())
        code = FORK_SERVER.run(
            arguments, folder=self.folder, output=output, environment=environment, limit_s=_LIMIT_S, reach=reach
        )
        text = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
        if code == -signal.SIGSYS:
            raise EngineError(f"generated code was not run, because it cannot be confined here: {text[-300:]}")
        if code < 0:  # most often, the system ran out of memory
            raise EngineError(f"the process was ended by signal {-code}")
        if code and "MemoryError" in text:
            raise OverLimit(f"generated code needs more than {MEMORY_BYTES >> 20} MiB of memory")
        if code:
            self._check_environment()
        return FinishedRun(code, text)

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


def not_confined() -> dict[str, list[str]]:
    """Return what this machine cannot forbid generated code, as a number of a receipt; empty if it can forbid all."""
    lacking = unenforced()
    return {"not confined": list(lacking)} if lacking else {}


def _reach(url: str) -> Reach:
    """Return what a process needs to use the database of a URL: the folder of its file, or the port of its server."""
    address = make_url(url)
    named = {name: str(value) for name, value in address.query.items()}
    host = address.host or named.get("host") or named.get("hostaddr") or ""
    if host and not host.startswith("/"):
        ports = str(address.port or named.get("port") or "").split(",")
        return Reach(ports=tuple(int(port) for port in ports if port) or _USUAL_PORTS)
    path = Path(address.database or "")
    return Reach(folders=(path.parent,)) if path.is_absolute() else Reach(unix_sockets=True)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    writer = FolderWriter(folder)
    try:
        for name in (_HOME, _TEMPORARY):
            writer.make_folder(name)
        for name, text in files.items():
            writer.write(name, text.encode())
    except OSError as error:
        raise EngineUnavailable(f"generated files cannot be written: {error.filename} {error.strerror}") from None
